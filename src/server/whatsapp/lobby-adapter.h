/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <libdex.h>

#include "lobby-http-server.h"
#include "lobby-storage.h"

G_BEGIN_DECLS

/*
 * The contract of a WhatsApp connection. Upwards an adapter calls the storage's "what WhatsApp
 * does" verbs; downwards these. lobby-cloud-adapter is the Cloud API, lobby-gateway-adapter a number linked by a QR code.
 * Signal "changed": the connection may work no longer, or again: check it.
 */
typedef enum
{
  LOBBY_CAN_CUSTOMER_TYPING = 1 << 0,
  LOBBY_CAN_EDIT            = 1 << 1,
  LOBBY_CAN_REVOKE          = 1 << 2,
  LOBBY_CAN_TEMPLATES       = 1 << 3,
  LOBBY_HAS_SERVICE_WINDOW  = 1 << 4,
  LOBBY_CAN_READ_RECEIPTS   = 1 << 5,
  LOBBY_CAN_TYPING          = 1 << 6,
  LOBBY_CAN_REACTIONS       = 1 << 7,
  LOBBY_CAN_INTERACTIVE     = 1 << 8,
} LobbyCapabilities;

/* How a send that did not succeed is to be taken (CLOUD_API 11). */
#define LOBBY_SEND_ERROR (lobby_send_error_quark ())
GQuark lobby_send_error_quark (void);
typedef enum
{
  LOBBY_SEND_ERROR_TRY_AGAIN,      /* certainly not sent: later */
  LOBBY_SEND_ERROR_UNKNOWN,        /* may have been sent: wait for a status with our id */
  LOBBY_SEND_ERROR_HOLD_ACCOUNT,   /* token or permission: stop all sending of the connection */
  LOBBY_SEND_ERROR_REFUSED,        /* for good */
} LobbySendError;

/* When to try again. */
typedef enum
{
  LOBBY_PACE_TRANSIENT,            /* growing pauses, given up after LOBBY_SEND_MAX_TRANSIENT attempts */
  LOBBY_PACE_PAIR,                 /* this recipient is being written too fast: 4^n s, for this conversation only */
  LOBBY_PACE_CONNECTION,           /* the whole connection pauses: throughput, rate limits, unreachable; never given up */
  LOBBY_PACE_MAINTENANCE,          /* the whole connection for a minute */
} LobbySendPace;
#define LOBBY_SEND_MAX_TRANSIENT 6

/* What WhatsApp said; belongs to @error. */
typedef struct
{
  int            code;             /* 0: WhatsApp said nothing */
  char          *title;
  LobbySendPace  pace;             /* of TRY_AGAIN; of UNKNOWN: CONNECTION when there was no answer at all */
  LobbyConsequence consequence;
} LobbySendErrorPrivate;

GError                      *lobby_adapter_error_new   (LobbySendError  kind,
                                                        LobbySendPace   pace,
                                                        int             code,
                                                        const char     *title,
                                                        const char     *details);
/* Both: NULL or nothing when @error is not of LOBBY_SEND_ERROR. */
const LobbySendErrorPrivate *lobby_adapter_get_error   (const GError   *error);
void                         lobby_adapter_set_pace    (GError         *error,
                                                        LobbySendPace   pace);
void                         lobby_adapter_set_consequence (GError     *error,
                                                        LobbyConsequence consequence);
/* How long to wait before attempt @attempts + 1, ms, with jitter. */
guint                        lobby_adapter_get_pause   (LobbySendPace   pace,
                                                        int             attempts);

/* A text of any length (or NULL), cut at a whole character when it is longer than a client would take. (transfer full) */
char                        *lobby_adapter_dup_text    (const char     *text);

/* A time that the environment changes, ms (for tests). */
guint                        lobby_adapter_get_msec    (const char     *variable,
                                                        guint           fallback);

/* How fast WhatsApp takes messages; a margin for what is on the way is kept already. */
typedef struct
{
  double per_second, burst;             /* of the connection */
  double pair_per_second, pair_burst;   /* of each recipient; 0: no such limit */
} LobbySendLimits;

#define LOBBY_TYPE_ADAPTER (lobby_adapter_get_type ())
G_DECLARE_INTERFACE (LobbyAdapter, lobby_adapter, LOBBY, ADAPTER, GObject)

void lobby_adapter_get_limits (LobbyAdapter    *self,
                               LobbySendLimits *limits);

struct _LobbyAdapterInterface
{
  GTypeInterface parent;

  LobbyCapabilities (*get_capabilities) (LobbyAdapter *);
  void       (*get_limits)  (LobbyAdapter *, LobbySendLimits *limits);   /* may be NULL: those that lobby_adapter_get_limits tells */
  /* What has to be done before a send and does no harm when it is done again after a crash, as an upload. May be NULL. Resolves to TRUE, or rejects as send does. */
  DexFuture *(*prepare)     (LobbyAdapter *, const LobbyOutbound *outbound);
  /* Does what @outbound->action says, of every type (uploading @outbound->media first). Resolves to char *: WhatsApp's message id (of an EDIT or
   * a REVOKE any text). Rejects with LOBBY_SEND_ERROR (message: for people; WhatsApp's code by lobby_adapter_get_error). @outbound lives until then. */
  DexFuture *(*send)        (LobbyAdapter *, const LobbyOutbound *outbound);
  DexFuture *(*mark_read)   (LobbyAdapter *, const char *whatsapp_message_id, gboolean typing);
  /* Asks whether the connection works. Resolves to TRUE, or rejects with LOBBY_SEND_ERROR_HOLD_ACCOUNT or _TRY_AGAIN (not reachable). */
  DexFuture *(*check)       (LobbyAdapter *);
  /* Fetches to @path; resolves to char *: mime type as told. Rejects with LOBBY_SEND_ERROR_REFUSED when trying again cannot help. */
  DexFuture *(*fetch_media) (LobbyAdapter *, const LobbyMediaJob *job, const char *path);
  /* One stored delivery → storage verbs, a few ms of them a turn. Resolves, when all of it is on the disk, to char *: a problem
   * for people, or NULL. Rejects when the storage could not take it: then it is to be processed again. Idempotent. */
  DexFuture *(*process)     (LobbyAdapter *, GBytes *body, gint64 arrived_at);
  /* New settings; takes @connection. */
  void       (*set_connection) (LobbyAdapter *, LobbyConnection *connection);

  /* The rest may be NULL. */
  /* Its line ends: no more requests by itself. @for_good: the connection was removed. */
  void       (*close)       (LobbyAdapter *, gboolean for_good);
  /* In how many ms it wants to be checked again; 0: as the watch finds right. @works: what the last check found. */
  guint      (*get_interval) (LobbyAdapter *, gboolean works);
  /* What is missing until it is linked (LobbyConnection.step), or NULL. */
  const char *(*get_step)   (LobbyAdapter *);
  /* What the owner shows to the phone now; fills in qr and code of @connection. */
  void       (*get_link)    (LobbyAdapter *, LobbyConnection *connection);
  /* Links a phone by a QR code, or, with @phone_number, by a code to type into it. Both resolve to TRUE when that has begun,
   * or reject with LOBBY_SEND_ERROR. */
  DexFuture *(*link)        (LobbyAdapter *, const char *phone_number);
  DexFuture *(*unlink)      (LobbyAdapter *);
  /* After the answer to a send was lost: looks whether WhatsApp has it. Resolves to char *: its id, or NULL when it is not to be found; rejects when nobody can tell. */
  DexFuture *(*find_sent)   (LobbyAdapter *, const LobbyOutbound *outbound);
  /* An agent types there, or ceases to. Without it, mark_read with typing is all that can be told. */
  void       (*set_typing)  (LobbyAdapter *, const char *conversation_id, gboolean typing);
  /* An agent looks at the conversation: whether the customer types is of interest. */
  void       (*attend)      (LobbyAdapter *, const char *conversation_id);

  /* Of LOBBY_CAN_TEMPLATES; NULL without. All reject with LOBBY_SEND_ERROR; message: for people.
   * Signal "templates-stale": WhatsApp's list is not what was read from it. */
  DexFuture *(*list_templates)  (LobbyAdapter *);                             /* GPtrArray of LobbyTemplate (G_TYPE_PTR_ARRAY) */
  DexFuture *(*create_template) (LobbyAdapter *, JsonObject *template);       /* the same, of the one that was made. @template: as WhatsApp wants it described */
  DexFuture *(*delete_template) (LobbyAdapter *, const LobbyTemplate *);      /* TRUE */
  /* The business's profile and the number, as WhatsApp tells them; NULL where the kind of connection has none. */
  DexFuture *(*get_profile)     (LobbyAdapter *);                             /* JsonObject (JSON_TYPE_OBJECT) */
  DexFuture *(*set_profile)     (LobbyAdapter *, JsonObject *changes);        /* TRUE */
  DexFuture *(*get_number)      (LobbyAdapter *);                             /* JsonObject */
};

G_END_DECLS
