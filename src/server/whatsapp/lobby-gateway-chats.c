/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "lobby-whatsapp"

#include "lobby-gateway-private.h"
#include "lobby-id.h"
#include "lobby-json.h"

/* Which name of a chat the gateway goes by: the ids of its messages hold it. */

void
lobby_gateway_chats_set (LobbyGatewayChats *chats,
                         const char *number,
                         const char *lid)
{
  guint n = 0;

  lobby_gateway_chats_clear (chats);
  if (number != NULL)
    chats->names[n++] = g_strconcat (*number == '+' ? number + 1 : number, "@c.us", NULL);
  if (lid != NULL)
    chats->names[n] = g_strconcat (lid, "@lid", NULL);
}

void
lobby_gateway_chats_clear (LobbyGatewayChats *chats)
{
  for (guint i = 0; i < G_N_ELEMENTS (chats->names); i++)
    g_clear_pointer (&chats->names[i], g_free);
}

/* The id of a message as the gateway has it in @chat; NULL: not there, or it cannot tell (*error). */
static char *
ask_for_id (LobbyGatewayAdapter *self,
            const char *chat,
            gboolean outbound,
            const char *short_id,
            GError **error)
{
  g_autofree char *id = lobby_gateway_make_id (outbound, chat, short_id);
  g_autofree char *escaped = g_uri_escape_string (id, NULL, FALSE);
  g_autofree char *rest = g_strdup_printf ("/messages/%s?downloadMedia=false", escaped);
  g_autofree char *path = lobby_gateway_chat_path (self, chat, rest);
  g_autoptr (JsonNode) answer = lobby_gateway_ask (self, "GET", path, NULL, error);

  if (answer == NULL || !JSON_NODE_HOLDS_OBJECT (answer))
    return NULL;
  return g_strdup (lobby_json_get_string (json_node_get_object (answer), "id", LOBBY_ID_MAX));
}

char *
lobby_gateway_chats_find_id (const LobbyGatewayChats *chats,
                             LobbyGatewayAdapter *self,
                             gboolean outbound,
                             const char *short_id)
{
  for (guint i = 0; chats->names[1] != NULL && i < G_N_ELEMENTS (chats->names); i++)
    {
      g_autoptr (GError) error = NULL;
      char *id = ask_for_id (self, chats->names[i], outbound, short_id, &error);

      if (id != NULL)
        return id;
      if (error != NULL && !lobby_gateway_is_about_request (error))
        break;
    }
  return lobby_gateway_make_id (outbound, chats->names[0], short_id);
}
