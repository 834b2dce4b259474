/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "lobby-adapter.h"

G_BEGIN_DECLS

/*
 * All WhatsApp connections of this server: makes the adapters, serves their webhook routes (verify,
 * store, 200, process later), runs the outbound queues and the media jobs, and turns the hub's
 * "read" and "typing" into read receipts and typing indicators.
 */
#define LOBBY_TYPE_WHATSAPP (lobby_whatsapp_get_type ())
G_DECLARE_FINAL_TYPE (LobbyWhatsapp, lobby_whatsapp, LOBBY, WHATSAPP, GObject)

LobbyWhatsapp    *lobby_whatsapp_new              (LobbyHttpServer *http,
                                                   LobbyStorage    *storage,
                                                   const char      *data_folder);
/* Where gateways reach this server, without a slash behind; before start. The default is its own address on this machine. */
void              lobby_whatsapp_set_public_url   (LobbyWhatsapp   *self,
                                                   const char      *url);
/* How long a message whose answer was lost waits for a receipt, ms; before start. The environment's
 * LOBBYD_SETTLE_MSEC sets it too (for tests). */
void              lobby_whatsapp_set_settle_msec  (LobbyWhatsapp   *self,
                                                   guint            msec);
void              lobby_whatsapp_start            (LobbyWhatsapp   *self);   /* picks up what a crash left */
/* Begins nothing new; what is under way ends (see count_under_way). */
void              lobby_whatsapp_stop             (LobbyWhatsapp   *self);
/* Requests to WhatsApp whose outcome is not recorded yet: before quitting, wait a few seconds for 0. */
guint             lobby_whatsapp_count_under_way  (LobbyWhatsapp   *self);
/* Reads the connections anew: one was added, changed or removed. */
void              lobby_whatsapp_reload           (LobbyWhatsapp   *self);
/* As stored, with what is newer than that: when WhatsApp was last heard of. NULL: there is none. */
LobbyConnection  *lobby_whatsapp_get_connection   (LobbyWhatsapp   *self,
                                                   const char      *connection_id);
/* NULL and LOBBY_STORAGE_ERROR: they cannot be read now. */
GPtrArray        *lobby_whatsapp_list_connections (LobbyWhatsapp   *self,
                                                   const char      *business_id,
                                                   GError         **error);
/* Asks now whether it works. Resolves to TRUE when it does, to FALSE when not (also when there is no such connection). */
DexFuture        *lobby_whatsapp_check            (LobbyWhatsapp   *self,
                                                   const char      *connection_id);
/* NULL: there is none. (transfer none) */
LobbyAdapter     *lobby_whatsapp_get_adapter      (LobbyWhatsapp   *self,
                                                   const char      *connection_id);
/* Reads WhatsApp's list of templates now. Resolves to TRUE; rejects with LOBBY_SEND_ERROR (also when it has none) or LOBBY_STORAGE_ERROR. */
DexFuture        *lobby_whatsapp_sync_templates   (LobbyWhatsapp   *self,
                                                   const char      *connection_id);
/* Links a phone, by QR code or, with @phone_number, by a code; lets go of it. Both resolve to TRUE when it has begun, or reject with
 * LOBBY_SEND_ERROR. NULL: this kind of connection links no phones. */
DexFuture        *lobby_whatsapp_link             (LobbyWhatsapp   *self,
                                                   const char      *connection_id,
                                                   const char      *phone_number);
DexFuture        *lobby_whatsapp_unlink           (LobbyWhatsapp   *self,
                                                   const char      *connection_id);
LobbyCapabilities lobby_whatsapp_get_capabilities (LobbyWhatsapp   *self,
                                                   const char      *connection_id);
/* Nudges: something was queued; an agent read or types (throttled to WhatsApp's rules inside). */
void              lobby_whatsapp_wake             (LobbyWhatsapp   *self,
                                                   const char      *connection_id);
void              lobby_whatsapp_agent_read       (LobbyWhatsapp   *self,
                                                   const char      *connection_id,
                                                   const char      *whatsapp_message_id);
void              lobby_whatsapp_agent_typing     (LobbyWhatsapp   *self,
                                                   const char      *conversation_id,
                                                   gboolean         typing);

G_END_DECLS
