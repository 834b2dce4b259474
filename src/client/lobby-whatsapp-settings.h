/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib-object.h>
#include <json-glib/json-glib.h>

G_BEGIN_DECLS

typedef enum
{
  LOBBY_WHATSAPP_CLOUD,          /* Meta's Cloud API */
  LOBBY_WHATSAPP_GATEWAY,        /* linked by a QR code, through a gateway */
} LobbyWhatsappKind;

/* What an owner sets of a connection. NULL: not said, or as it was. Secrets are only ever written. */
typedef struct
{
  LobbyWhatsappKind  kind;
  char              *name;
  char              *phone_number;
  /* Cloud */
  char              *phone_number_id;
  char              *waba_id;
  char              *access_token;   /* secret */
  char              *app_secret;     /* secret */
  char              *verify_token;
  char              *graph_url;
  /* Gateway */
  char              *gateway_url;
  char              *gateway_key;    /* secret */
  char              *session;
} LobbyWhatsappSettings;

LobbyWhatsappSettings *lobby_whatsapp_settings_new     (LobbyWhatsappKind            kind);
/* Secrets are overwritten. */
void                   lobby_whatsapp_settings_free    (LobbyWhatsappSettings       *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LobbyWhatsappSettings, lobby_whatsapp_settings_free)
/* The place of a setting by the server's name for it ("waba_id" …), which errors tell; NULL when there is none such. */
char                 **lobby_whatsapp_settings_find    (LobbyWhatsappSettings       *self,
                                                        const char                  *field);
/* Takes over what @json tells of settings; the rest stays. */
void                   lobby_whatsapp_settings_read    (LobbyWhatsappSettings       *self,
                                                        JsonObject                  *json);
/* (transfer full); what is NULL is left out, as is the kind. */
JsonObject            *lobby_whatsapp_settings_to_json (const LobbyWhatsappSettings *self);

/* What WhatsApp says to a setting. */
typedef struct
{
  char     *id;                      /* address, token, phone_number, waba, app_secret, webhook, gateway, session */
  gboolean  ok;
  gboolean  unknown;                 /* cannot be found out now */
  char     *message;
} LobbyWhatsappCheck;
void                   lobby_whatsapp_check_free       (LobbyWhatsappCheck          *check);

/* A setting that the server refused: why is the message, which is told by lobby_setting_error_get_field. */
#define LOBBY_SETTING_ERROR (lobby_setting_error_quark ())
GQuark                 lobby_setting_error_quark       (void);
GError                *lobby_setting_error_new         (const char                  *field,
                                                        const char                  *message);
const char            *lobby_setting_error_get_field   (const GError                *error);

G_END_DECLS
