/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib-object.h>

#include "lobby-whatsapp-settings.h"

G_BEGIN_DECLS

typedef enum
{
  LOBBY_WHATSAPP_CONNECTED,
  LOBBY_WHATSAPP_CONNECTING,
  LOBBY_WHATSAPP_DISCONNECTED,
} LobbyWhatsappState;

/* Of linking a number; NONE at all other times. */
typedef enum
{
  LOBBY_WHATSAPP_STEP_NONE,
  LOBBY_WHATSAPP_STEP_STARTING,
  LOBBY_WHATSAPP_STEP_SCAN_QR,
  LOBBY_WHATSAPP_STEP_ENTER_CODE,
  LOBBY_WHATSAPP_STEP_FINISH_IN_BROWSER,
} LobbyWhatsappStep;

/* What a connection can do; what it cannot is not offered. */
typedef enum
{
  LOBBY_CAPABILITY_CUSTOMER_TYPING = 1 << 0,
  LOBBY_CAPABILITY_EDIT            = 1 << 1,
  LOBBY_CAPABILITY_REVOKE          = 1 << 2,
  LOBBY_CAPABILITY_TEMPLATES       = 1 << 3,
  LOBBY_CAPABILITY_SERVICE_WINDOW  = 1 << 4,
  LOBBY_CAPABILITY_READ_RECEIPTS   = 1 << 5,
  LOBBY_CAPABILITY_TYPING          = 1 << 6,
  LOBBY_CAPABILITY_REACTIONS       = 1 << 7,
  LOBBY_CAPABILITY_INTERACTIVE     = 1 << 8,
} LobbyCapability;

typedef enum
{
  LOBBY_ALERT_INFO,
  LOBBY_ALERT_WARNING,
  LOBBY_ALERT_ERROR,
} LobbyAlertSeverity;

/* Something that WhatsApp told about a number. */
typedef struct
{
  char               *id;
  gint64              at;        /* ms since 1970, 0 not told */
  LobbyAlertSeverity  severity;
  char               *title;
  char               *message;   /* may be NULL */
} LobbyWhatsappAlert;

/*
 * A WhatsApp number of a business, as the server told of it last. The same connection is the same object as long as the account
 * is there. Signal "changed" (): anything of it.
 */
#define LOBBY_TYPE_WHATSAPP_CONNECTION (lobby_whatsapp_connection_get_type ())
G_DECLARE_FINAL_TYPE (LobbyWhatsappConnection, lobby_whatsapp_connection, LOBBY, WHATSAPP_CONNECTION, GObject)

const char         *lobby_whatsapp_connection_get_id            (LobbyWhatsappConnection *self);
LobbyWhatsappKind   lobby_whatsapp_connection_get_kind          (LobbyWhatsappConnection *self);
/* What people call it: its name, else its number; never NULL. */
const char         *lobby_whatsapp_connection_get_label         (LobbyWhatsappConnection *self);
const char         *lobby_whatsapp_connection_get_phone_number  (LobbyWhatsappConnection *self);
LobbyWhatsappState  lobby_whatsapp_connection_get_state         (LobbyWhatsappConnection *self);
LobbyWhatsappStep   lobby_whatsapp_connection_get_step          (LobbyWhatsappConnection *self);
/* Why it is not connected, in the server's words; or NULL. */
const char         *lobby_whatsapp_connection_get_reason        (LobbyWhatsappConnection *self);
/* The setting, by its name in LobbyWhatsappSettings, that is most likely to be changed by an owner before it connects again; or NULL. */
const char         *lobby_whatsapp_connection_get_wrong_setting (LobbyWhatsappConnection *self);
/* When WhatsApp was last heard of; ms since 1970, 0 never. */
gint64              lobby_whatsapp_connection_get_last_event_at (LobbyWhatsappConnection *self);
gboolean            lobby_whatsapp_connection_can               (LobbyWhatsappConnection *self,
                                                                 LobbyCapability          capability);
/* Newest first, borrowed until the next change: of LobbyWhatsappAlert. */
GPtrArray          *lobby_whatsapp_connection_get_alerts        (LobbyWhatsappConnection *self);
/* Where WhatsApp's webhooks go, below the server; NULL when not told. */
const char         *lobby_whatsapp_connection_get_webhook_path  (LobbyWhatsappConnection *self);
/* The whole address, for owners; NULL when not told, or when the server does not know how it is reached. */
const char         *lobby_whatsapp_connection_get_webhook_url   (LobbyWhatsappConnection *self);
/* What the server tells owners of the settings, secrets not among them. Empty until lobby_account_load_connections. */
const LobbyWhatsappSettings *lobby_whatsapp_connection_get_settings (LobbyWhatsappConnection *self);
/* The text of the QR code to scan now, or NULL. */
const char         *lobby_whatsapp_connection_get_qr            (LobbyWhatsappConnection *self);
/* What to type into the phone, or NULL. */
const char         *lobby_whatsapp_connection_get_code          (LobbyWhatsappConnection *self);

G_END_DECLS
