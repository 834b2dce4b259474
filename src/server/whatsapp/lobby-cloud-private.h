/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "lobby-cloud-adapter.h"
#include "lobby-http-client.h"

G_BEGIN_DECLS

/* What the files of the Cloud API's adapter share. */

struct _LobbyCloudAdapter
{
  GObject          parent_instance;

  LobbyConnection *connection;
  LobbyStorage    *storage;
  LobbyHttpClient *client;
  guint            send_timeout;    /* ms */
  gboolean         has_phone, is_phone_known; /* the number is used on a phone, too ("coexistence") */
};

/* A request for @path below the Graph API's address, with the token. */
LobbyHttpRequest  *lobby_cloud_adapter_request  (LobbyCloudAdapter *self,
                                                 const char        *method,
                                                 const char        *path);
/* The number's own path with @rest behind it. (transfer full) */
char              *lobby_cloud_adapter_path     (LobbyCloudAdapter *self,
                                                 const char        *rest);
/* Sends, and turns everything but a 200 into LOBBY_SEND_ERROR. Takes @request. Only on a fiber. */
LobbyHttpResponse *lobby_cloud_adapter_exchange (LobbyCloudAdapter *self,
                                                 LobbyHttpRequest  *request,
                                                 GError           **error);
/* The object in an answer; NULL when there is none. (transfer full) */
JsonObject        *lobby_cloud_adapter_parse    (LobbyHttpResponse *response);

/* LobbyAdapter's prepare, send, mark_read and process. */
DexFuture         *lobby_cloud_adapter_prepare   (LobbyAdapter        *adapter,
                                                  const LobbyOutbound *outbound);
DexFuture         *lobby_cloud_adapter_send      (LobbyAdapter        *adapter,
                                                  const LobbyOutbound *outbound);
DexFuture         *lobby_cloud_adapter_mark_read (LobbyAdapter        *adapter,
                                                  const char          *whatsapp_message_id,
                                                  gboolean             typing);
DexFuture         *lobby_cloud_adapter_process   (LobbyAdapter        *adapter,
                                                  GBytes              *body,
                                                  gint64               arrived_at);
/* What is about the account rather than about messages. */
DexFuture         *lobby_cloud_adapter_list_templates  (LobbyAdapter        *adapter);
DexFuture         *lobby_cloud_adapter_create_template (LobbyAdapter        *adapter,
                                                        JsonObject          *template);
DexFuture         *lobby_cloud_adapter_delete_template (LobbyAdapter        *adapter,
                                                        const LobbyTemplate *template);
DexFuture         *lobby_cloud_adapter_get_profile     (LobbyAdapter        *adapter);
DexFuture         *lobby_cloud_adapter_set_profile     (LobbyAdapter        *adapter,
                                                        JsonObject          *changes);
DexFuture         *lobby_cloud_adapter_get_number      (LobbyAdapter        *adapter);
/* WhatsApp said @code (0: nothing) about something of @connection_id: what is known of the templates may be old, or there is something to mend
 * for who looks after the connection. */
void               lobby_cloud_adapter_note_error      (LobbyCloudAdapter   *self,
                                                        const char          *connection_id,
                                                        int                  code);

G_END_DECLS
