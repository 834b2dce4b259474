/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "lobby-client"

#include "lobby-team.h"

#include "lobby-id.h"
#include "lobby-json.h"
#include "lobby-whatsapp-connection-private.h"
#include "lobby-wire.h"

#define SETTING "businesses"
#define ROLE "role"
#define MAX_CONNECTIONS 1000

struct _LobbyTeam
{
  LobbyStore *store;
  JsonObject *json;        /* the answer as it came; never NULL */
  GListStore *connections; /* of LobbyWhatsappConnection */
  GHashTable *known;       /* id → Known, of those in connections */
  char *role;
  guint n_told; /* how often anything but an answer to an owner told of connections */
};

typedef struct
{
  LobbyWhatsappConnection *connection;
  JsonObject *json; /* where the server's words about it are kept */
} Known;

static void
known_free (gpointer data)
{
  Known *known = data;

  g_object_unref (known->connection);
  json_object_unref (known->json);
  g_free (known);
}

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

static void
remember (LobbyTeam *self)
{
  g_autofree char *text = lobby_json_object_to_string (self->json);
  g_autoptr (GError) error = NULL;

  if (!lobby_store_set_setting (self->store, SETTING, text, &error))
    g_warning ("The team cannot be remembered: %s", error->message);
}

/* Connections */

LobbyWhatsappConnection *
lobby_team_find_connection (LobbyTeam *self,
                            const char *connection_id)
{
  const Known *known = connection_id != NULL ? g_hash_table_lookup (self->known, connection_id) : NULL;

  return known != NULL ? known->connection : NULL;
}

/* The object of @json, at @position of the list; new when it is not known. */
static void
place_connection (LobbyTeam *self,
                  JsonObject *json,
                  guint position)
{
  const char *id = lobby_json_get_string (json, "id", LOBBY_ID_MAX);
  LobbyWhatsappConnection *old = lobby_team_find_connection (self, id);
  g_autoptr (LobbyWhatsappConnection) connection = old != NULL ? g_object_ref (old) : lobby_whatsapp_connection_new (id);
  Known *known = g_new (Known, 1);
  guint old_position;

  known->connection = g_object_ref (connection);
  known->json = json_object_ref (json);
  g_hash_table_replace (self->known, g_strdup (id), known);

  lobby_whatsapp_connection_update (connection, json);
  if (old != NULL && g_list_store_find (self->connections, connection, &old_position))
    {
      if (old_position == position)
        return;
      g_list_store_remove (self->connections, old_position);
    }
  g_list_store_insert (self->connections, MIN (position, g_list_model_get_n_items (G_LIST_MODEL (self->connections))), connection);
}

static void
forget_last_connection (LobbyTeam *self)
{
  const guint last = g_list_model_get_n_items (G_LIST_MODEL (self->connections)) - 1;
  g_autoptr (LobbyWhatsappConnection) connection = g_list_model_get_item (G_LIST_MODEL (self->connections), last);

  g_hash_table_remove (self->known, lobby_whatsapp_connection_get_id (connection));
  g_list_store_remove (self->connections, last);
}

static void
read_connections (LobbyTeam *self)
{
  guint count = 0;

  for (guint i = 0; i < lobby_json_array_length (businesses_of (self)); i++)
    {
      JsonArray *connections = members_of (self, i, "connections");

      for (guint j = 0; j < lobby_json_array_length (connections) && count < MAX_CONNECTIONS; j++)
        {
          JsonObject *json = lobby_json_array_object (connections, j);

          if (lobby_json_get_string (json, "id", LOBBY_ID_MAX) != NULL)
            place_connection (self, json, count++);
        }
    }

  /* What is behind them, the server does not tell of any more. */
  while (g_list_model_get_n_items (G_LIST_MODEL (self->connections)) > count)
    forget_last_connection (self);
}

static void
set_or_remove (JsonObject *json,
               const char *name,
               const char *value)
{
  if (value != NULL)
    json_object_set_string_member (json, name, value);
  else if (json_object_has_member (json, name))
    json_object_remove_member (json, name);
}

/* NULL when there is no such connection. */
static LobbyWhatsappConnection *
note_state (LobbyTeam *self,
            const char *connection_id,
            const char *state,
            const char *step,
            const char *reason)
{
  const Known *known = connection_id != NULL ? g_hash_table_lookup (self->known, connection_id) : NULL;

  if (known == NULL)
    return NULL;

  self->n_told++;
  json_object_set_string_member (known->json, "state", state);
  set_or_remove (known->json, "step", step);
  set_or_remove (known->json, "reason", reason);
  remember (self);
  lobby_whatsapp_connection_update (known->connection, known->json);
  return lobby_team_find_connection (self, connection_id);
}

gboolean
lobby_team_set_state (LobbyTeam *self,
                      const char *connection_id,
                      const char *state,
                      const char *reason)
{
  return note_state (self, connection_id, state, NULL, reason) != NULL;
}

gboolean
lobby_team_set_qr (LobbyTeam *self,
                   const char *connection_id,
                   const char *qr)
{
  LobbyWhatsappConnection *connection = note_state (self, connection_id, "connecting", "scan_qr", NULL);

  if (connection == NULL)
    return FALSE;

  lobby_whatsapp_connection_set_qr (connection, qr);
  return TRUE;
}

gboolean
lobby_team_set_code (LobbyTeam *self,
                     const char *connection_id,
                     const char *code)
{
  LobbyWhatsappConnection *connection = note_state (self, connection_id, "connecting", "enter_code", NULL);

  if (connection == NULL)
    return FALSE;

  lobby_whatsapp_connection_set_code (connection, code);
  return TRUE;
}

/* What only owners are told is left out: nothing of that belongs into the store. */
static void
copy_public (JsonObject *from,
             JsonObject *to)
{
  static const char *const members[] = { "id", "business_id", "kind", "name", "phone_number", "state", "step", "reason",
                                         "last_event_at", "webhook_path", "capabilities", "alerts" };

  for (guint i = 0; i < G_N_ELEMENTS (members); i++)
    {
      JsonNode *node = json_object_get_member (from, members[i]);

      if (node != NULL && !JSON_NODE_HOLDS_NULL (node))
        json_object_set_member (to, members[i], json_node_copy (node));
      else if (json_object_has_member (to, members[i]))
        json_object_remove_member (to, members[i]);
    }
}

static JsonArray *
connections_of_business (LobbyTeam *self,
                         const char *business_id)
{
  for (guint i = 0; i < lobby_json_array_length (businesses_of (self)); i++)
    {
      JsonObject *business = lobby_json_array_object (businesses_of (self), i);

      if (business_id == NULL || g_strcmp0 (lobby_json_get_string (business, "id", LOBBY_ID_MAX), business_id) == 0)
        return lobby_json_get_array (business, "connections");
    }

  return NULL;
}

static gboolean
add_connection (LobbyTeam *self,
                JsonObject *connection)
{
  JsonArray *array = connections_of_business (self, lobby_json_get_string (connection, "business_id", LOBBY_ID_MAX));
  JsonObject *json;

  if (array == NULL || g_hash_table_size (self->known) >= MAX_CONNECTIONS)
    return FALSE;

  json = json_object_new ();
  json_array_add_object_element (array, json);
  copy_public (connection, json);
  read_connections (self);
  return TRUE;
}

static gboolean
put_connection (LobbyTeam *self,
                JsonObject *connection,
                gboolean is_old)
{
  g_autofree char *id = g_strdup (lobby_json_get_string (connection, "id", LOBBY_ID_MAX)); /* the member may be replaced */
  const Known *known = id != NULL ? g_hash_table_lookup (self->known, id) : NULL;
  LobbyWhatsappConnection *found;

  if (id == NULL)
    return FALSE;

  if (known != NULL)
    copy_public (is_old ? known->json : connection, is_old ? connection : known->json);
  else if (is_old || !add_connection (self, connection))
    return FALSE;
  remember (self);
  /* What of it is not kept is for the eyes of an owner, as long as the app runs. */
  found = lobby_team_find_connection (self, id);
  if (found != NULL)
    lobby_whatsapp_connection_update (found, connection);
  return TRUE;
}

gboolean
lobby_team_put_connection (LobbyTeam *self,
                           JsonObject *connection)
{
  self->n_told++;
  return put_connection (self, connection, FALSE);
}

guint
lobby_team_count_told (LobbyTeam *self)
{
  return self->n_told;
}

void
lobby_team_put_answer (LobbyTeam *self,
                       JsonObject *connection,
                       guint asked_at)
{
  put_connection (self, connection, self->n_told != asked_at);
}

static void
drop_json (LobbyTeam *self,
           JsonObject *json)
{
  for (guint i = 0; i < lobby_json_array_length (businesses_of (self)); i++)
    {
      JsonArray *connections = members_of (self, i, "connections");

      for (guint j = lobby_json_array_length (connections); j > 0; j--)
        if (lobby_json_array_object (connections, j - 1) == json)
          json_array_remove_element (connections, j - 1);
    }
}

gboolean
lobby_team_remove_connection (LobbyTeam *self,
                              const char *connection_id)
{
  const Known *known = connection_id != NULL ? g_hash_table_lookup (self->known, connection_id) : NULL;

  if (known == NULL)
    return FALSE;

  self->n_told++;
  drop_json (self, known->json);
  remember (self);
  read_connections (self);
  return TRUE;
}

GListModel *
lobby_team_get_connections (LobbyTeam *self)
{
  return G_LIST_MODEL (self->connections);
}

/* The team */

LobbyTeam *
lobby_team_new (LobbyStore *store)
{
  LobbyTeam *self = g_new0 (LobbyTeam, 1);
  g_autofree char *text = lobby_store_dup_setting (store, SETTING);

  self->store = g_object_ref (store);
  self->json = text != NULL ? lobby_json_parse_object (text, -1, NULL) : NULL;
  if (self->json == NULL)
    self->json = json_object_new ();
  self->connections = g_list_store_new (LOBBY_TYPE_WHATSAPP_CONNECTION);
  self->known = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, known_free);
  self->role = lobby_store_dup_setting (store, ROLE);
  read_connections (self);

  return self;
}

void
lobby_team_free (LobbyTeam *self)
{
  g_object_unref (self->store);
  json_object_unref (self->json);
  g_hash_table_unref (self->known);
  g_object_unref (self->connections);
  g_free (self->role);
  g_free (self);
}

gboolean
lobby_team_update (LobbyTeam *self,
                   JsonObject *answer)
{
  if (lobby_json_get_array (answer, "businesses") == NULL)
    return FALSE;

  self->n_told++;
  json_object_ref (answer);
  json_object_unref (self->json);
  self->json = answer;
  remember (self);
  read_connections (self);

  return TRUE;
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

const char *
lobby_team_get_role (LobbyTeam *self)
{
  return self->role;
}

gboolean
lobby_team_set_role (LobbyTeam *self,
                     const char *role)
{
  g_autoptr (GError) error = NULL;

  if (!g_set_str (&self->role, role))
    return FALSE;
  if (!lobby_store_set_setting (self->store, ROLE, role, &error))
    g_warning ("The role cannot be remembered: %s", error->message);

  return TRUE;
}
