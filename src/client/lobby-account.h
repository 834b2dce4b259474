/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <libdex.h>

#include "lobby-conversation-list.h"
#include "lobby-store.h"
#include "lobby-whatsapp-connection.h"

G_BEGIN_DECLS

/*
 * One sign-in at one server: its store, its live connection, its outbox. What the desktop talks to.
 * Verbs with a GError work without a network: what they change is stored, and told to the server when it can be.
 */

typedef enum
{
  LOBBY_CONNECTION_OFFLINE,      /* not trying: no network at all */
  LOBBY_CONNECTION_CONNECTING,
  LOBBY_CONNECTION_SYNCING,      /* joined, catching up */
  LOBBY_CONNECTION_CONNECTED,
  LOBBY_CONNECTION_WAITING,      /* will try again at retry-at */
  LOBBY_CONNECTION_SIGNED_OUT,   /* the token is no longer good: sign in again; nothing is lost */
} LobbyConnectionState;
#define LOBBY_TYPE_CONNECTION_STATE (lobby_connection_state_get_type ())
GType lobby_connection_state_get_type (void);

#define LOBBY_CLIENT_ERROR (lobby_client_error_quark ())
GQuark lobby_client_error_quark (void);
typedef enum
{
  LOBBY_CLIENT_ERROR_BAD_ADDRESS,
  LOBBY_CLIENT_ERROR_UNREACHABLE,
  LOBBY_CLIENT_ERROR_NOT_LOBBYD,       /* something else answered there */
  LOBBY_CLIENT_ERROR_BAD_CREDENTIALS,
  LOBBY_CLIENT_ERROR_TOO_MANY_ATTEMPTS,
  LOBBY_CLIENT_ERROR_TLS,
  LOBBY_CLIENT_ERROR_NO_SECRET_SERVICE,
  LOBBY_CLIENT_ERROR_STORAGE,
  LOBBY_CLIENT_ERROR_REFUSED,
  LOBBY_CLIENT_ERROR_FAILED,
} LobbyClientError;

#define LOBBY_TYPE_ACCOUNT (lobby_account_get_type ())
G_DECLARE_FINAL_TYPE (LobbyAccount, lobby_account, LOBBY, ACCOUNT, GObject)
/* Properties: id, server-url, user, agent-id, agent-name, business-name, store, state (notify), retry-at (notify: ms since 1970, 0 none),
 * outbox-size (notify). Signals: "notify-message" (LobbyConversation *, LobbyMessage *): an inbound message came live (not by
 * catching up on more than a few); "whatsapp-state-changed" (): a connection or the agent's role is not as it was. */

const char           *lobby_account_get_id            (LobbyAccount      *self);
const char           *lobby_account_get_server_url    (LobbyAccount      *self);
const char           *lobby_account_get_user          (LobbyAccount      *self);
const char           *lobby_account_get_agent_name    (LobbyAccount      *self);
const char           *lobby_account_get_business_name (LobbyAccount      *self);
LobbyStore           *lobby_account_get_store         (LobbyAccount      *self);
LobbyConnectionState  lobby_account_get_state         (LobbyAccount      *self);
gint64                lobby_account_get_retry_at      (LobbyAccount      *self);
/* Name of a colleague; NULL when unknown. */
const char           *lobby_account_get_agent_label   (LobbyAccount      *self,
                                                       const char        *agent_id);

/* Whether the agent may change connections; as the server told last. */
gboolean              lobby_account_is_owner          (LobbyAccount      *self);
/* Of LobbyWhatsappConnection; the same model for the life of the account. */
GListModel           *lobby_account_get_connections   (LobbyAccount      *self);
/* (transfer none) or NULL */
LobbyWhatsappConnection *lobby_account_find_connection (LobbyAccount     *self,
                                                       const char        *connection_id);

/* Whether a customer can be written to. */
typedef enum
{
  LOBBY_WRITING_FREE,            /* at any time */
  LOBBY_WRITING_IN_WINDOW,       /* until the service window ends */
  LOBBY_WRITING_WINDOW_OVER,
  LOBBY_WRITING_WINDOW_TO_COME,  /* the customer has not written yet */
  LOBBY_WRITING_NUMBER_REMOVED,
} LobbyWriting;
/* At @now (ms since 1970). It is another with time, with the conversation's window-expires-at, and at whatsapp-state-changed. */
LobbyWriting          lobby_account_get_writing       (LobbyAccount      *self,
                                                       LobbyConversation *conversation,
                                                       gint64             now);

/*
 * For owners. What changes is told by the connection and the list, not by the answer. They fail with LOBBY_CLIENT_ERROR, and with
 * LOBBY_SETTING_ERROR for a setting that the server refuses. Settings are copied.
 */
/* Reads what owners are told, as the settings. Resolves to TRUE. */
DexFuture            *lobby_account_load_connections  (LobbyAccount      *self);
/* Resolves to the LobbyWhatsappConnection. */
DexFuture            *lobby_account_add_connection    (LobbyAccount      *self,
                                                       const LobbyWhatsappSettings *settings);
/* Resolves to TRUE, as those below. */
DexFuture            *lobby_account_change_connection (LobbyAccount      *self,
                                                       LobbyWhatsappConnection *connection,
                                                       const LobbyWhatsappSettings *settings);
/* The history stays. */
DexFuture            *lobby_account_remove_connection (LobbyAccount      *self,
                                                       LobbyWhatsappConnection *connection);
/* By a QR code, or with @phone_number by a code to type into that phone; both come as changes of @connection. */
DexFuture            *lobby_account_link_connection   (LobbyAccount      *self,
                                                       LobbyWhatsappConnection *connection,
                                                       const char        *phone_number);
/* Logs out: the phone forgets the link. */
DexFuture            *lobby_account_unlink_connection (LobbyAccount      *self,
                                                       LobbyWhatsappConnection *connection);
/* Tries again now. */
DexFuture            *lobby_account_check_connection  (LobbyAccount      *self,
                                                       LobbyWhatsappConnection *connection);
/* Puts an alert of WhatsApp's away, for the whole team. */
DexFuture            *lobby_account_dismiss_alert     (LobbyAccount      *self,
                                                       LobbyWhatsappConnection *connection,
                                                       const char        *alert_id);
/* Asks WhatsApp and saves nothing. With @connection its settings fill in what @settings does not say. Resolves to a
 * GPtrArray (G_TYPE_PTR_ARRAY) of LobbyWhatsappCheck. */
DexFuture            *lobby_account_test_connection   (LobbyAccount      *self,
                                                       LobbyWhatsappConnection *connection,
                                                       const LobbyWhatsappSettings *settings);

/* Live connection. start opens the store's state to the world; stop closes the socket, keeps everything. */
void                  lobby_account_start             (LobbyAccount      *self);
void                  lobby_account_stop              (LobbyAccount      *self);
void                  lobby_account_reconnect_now     (LobbyAccount      *self);

/* Durable at return; (transfer full), or NULL with LOBBY_CLIENT_ERROR_STORAGE: nothing was kept. */
LobbyMessage         *lobby_account_send_text         (LobbyAccount      *self,
                                                       LobbyConversation *conversation,
                                                       const char        *text,
                                                       const char        *quoted_id,
                                                       GError           **error);
gboolean              lobby_account_retry             (LobbyAccount      *self,
                                                       LobbyMessage      *message,
                                                       GError           **error);
gboolean              lobby_account_discard           (LobbyAccount      *self,
                                                       LobbyMessage      *message,
                                                       GError           **error);
gboolean              lobby_account_mark_read         (LobbyAccount      *self,
                                                       LobbyConversation *conversation,
                                                       GError           **error);
/* Call on every keystroke and when the field empties; throttled inside. */
void                  lobby_account_set_typing        (LobbyAccount      *self,
                                                       LobbyConversation *conversation,
                                                       gboolean           typing);
/* Resolves to gboolean: whether anything older came. Asked twice for the same conversation, it is one request. */
DexFuture            *lobby_account_load_older        (LobbyAccount      *self,
                                                       LobbyConversation *conversation);
/* Resolves to a char *: the path of the file in the cache. One download for many askers; progress
 * goes to the message's "progress" property. */
DexFuture            *lobby_account_fetch_media       (LobbyAccount      *self,
                                                       LobbyMessage      *message);
/* The same of the small picture that the server made of a video. */
DexFuture            *lobby_account_fetch_thumbnail   (LobbyAccount      *self,
                                                       LobbyMessage      *message);
DexFuture            *lobby_account_fetch_picture     (LobbyAccount      *self,
                                                       LobbyContact      *contact);

G_END_DECLS
