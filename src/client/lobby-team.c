/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "lobby-client"

#include "lobby-team.h"

#include "lobby-id.h"
#include "lobby-json.h"
#include "lobby-wire.h"

#define SETTING "businesses"

struct _LobbyTeam
{
  LobbyStore *store;
  JsonObject *json; /* the answer as it came; never NULL */
};

static JsonArray *
businesses_of (LobbyTeam *self)
{
  return lobby_json_get_array (self->json, "businesses");
}

static JsonArray *
members_of (LobbyTeam *self,
            guint business,
            const char *name)
{
  return lobby_json_get_array (lobby_json_array_object (businesses_of (self), business), name);
}

LobbyTeam *
lobby_team_new (LobbyStore *store)
{
  LobbyTeam *self = g_new0 (LobbyTeam, 1);
  g_autofree char *text = lobby_store_dup_setting (store, SETTING);

  self->store = g_object_ref (store);
  self->json = text != NULL ? lobby_json_parse_object (text, -1, NULL) : NULL;
  if (self->json == NULL)
    self->json = json_object_new ();

  return self;
}

void
lobby_team_free (LobbyTeam *self)
{
  g_object_unref (self->store);
  json_object_unref (self->json);
  g_free (self);
}

static void
remember (LobbyTeam *self)
{
  g_autofree char *text = lobby_json_object_to_string (self->json);
  g_autoptr (GError) error = NULL;

  if (!lobby_store_set_setting (self->store, SETTING, text, &error))
    g_warning ("The team cannot be remembered: %s", error->message);
}

gboolean
lobby_team_update (LobbyTeam *self,
                   JsonObject *answer)
{
  if (lobby_json_get_array (answer, "businesses") == NULL)
    return FALSE;

  json_object_ref (answer);
  json_object_unref (self->json);
  self->json = answer;
  remember (self);

  return TRUE;
}

gboolean
lobby_team_set_state (LobbyTeam *self,
                      const char *connection_id,
                      const char *state,
                      const char *reason)
{
  for (guint i = 0; i < lobby_json_array_length (businesses_of (self)); i++)
    {
      JsonArray *connections = members_of (self, i, "connections");

      for (guint j = 0; j < lobby_json_array_length (connections); j++)
        {
          JsonObject *connection = lobby_json_array_object (connections, j);

          if (connection == NULL || g_strcmp0 (lobby_json_get_string (connection, "id", LOBBY_ID_MAX), connection_id) != 0)
            continue;

          json_object_set_string_member (connection, "state", state);
          if (reason != NULL)
            json_object_set_string_member (connection, "reason", reason);
          else if (json_object_has_member (connection, "reason"))
            json_object_remove_member (connection, "reason");
          remember (self);
          return TRUE;
        }
    }

  return FALSE;
}

char **
lobby_team_list_business_ids (LobbyTeam *self)
{
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();

  for (guint i = 0; i < lobby_json_array_length (businesses_of (self)); i++)
    {
      const char *id = lobby_json_get_string (lobby_json_array_object (businesses_of (self), i), "id", LOBBY_ID_MAX);

      if (id != NULL)
        g_strv_builder_add (builder, id);
    }

  return g_strv_builder_end (builder);
}

const char *
lobby_team_get_business_name (LobbyTeam *self)
{
  return lobby_json_get_string (lobby_json_array_object (businesses_of (self), 0), "name", LOBBY_WIRE_MAX_NAME);
}

const char *
lobby_team_get_agent_name (LobbyTeam *self,
                           const char *agent_id)
{
  for (guint i = 0; i < lobby_json_array_length (businesses_of (self)); i++)
    {
      JsonArray *agents = members_of (self, i, "agents");

      for (guint j = 0; j < lobby_json_array_length (agents); j++)
        {
          JsonObject *agent = lobby_json_array_object (agents, j);

          if (g_strcmp0 (lobby_json_get_string (agent, "id", LOBBY_ID_MAX), agent_id) == 0)
            return lobby_json_get_string (agent, "name", LOBBY_WIRE_MAX_NAME);
        }
    }

  return NULL;
}

static LobbyWhatsappConnection *
connection_from_json (JsonObject *json)
{
  LobbyWhatsappConnection *connection = g_new0 (LobbyWhatsappConnection, 1);
  const char *state = lobby_json_get_string (json, "state", LOBBY_WIRE_MAX_NAME);

  connection->id = g_strdup (lobby_json_get_string (json, "id", LOBBY_ID_MAX));
  connection->name = g_strdup (lobby_json_get_string (json, "name", LOBBY_WIRE_MAX_NAME));
  connection->phone_number = g_strdup (lobby_json_get_string (json, "phone_number", LOBBY_WIRE_MAX_NAME));
  connection->state = g_strdup (state != NULL ? state : "disconnected");
  connection->reason = g_strdup (lobby_json_get_string (json, "reason", LOBBY_WIRE_MAX_NAME));
  connection->customer_typing = lobby_json_get_boolean_or (lobby_json_get_object (json, "capabilities"), "customer_typing", FALSE);

  return connection;
}

void
lobby_whatsapp_connection_free (LobbyWhatsappConnection *connection)
{
  if (connection == NULL)
    return;

  g_free (connection->id);
  g_free (connection->name);
  g_free (connection->phone_number);
  g_free (connection->state);
  g_free (connection->reason);
  g_free (connection);
}

GPtrArray *
lobby_team_list_connections (LobbyTeam *self)
{
  GPtrArray *list = g_ptr_array_new_with_free_func ((GDestroyNotify)lobby_whatsapp_connection_free);

  for (guint i = 0; i < lobby_json_array_length (businesses_of (self)); i++)
    {
      JsonArray *connections = members_of (self, i, "connections");

      for (guint j = 0; j < lobby_json_array_length (connections); j++)
        {
          JsonObject *json = lobby_json_array_object (connections, j);

          if (lobby_json_get_string (json, "id", LOBBY_ID_MAX) != NULL)
            g_ptr_array_add (list, connection_from_json (json));
        }
    }

  return list;
}
