/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "lobby-server"

#include "lobby-sqlite-private.h"

#include <string.h>

#include "lobby-id.h"
#include "lobby-json.h"

/* Templates as WhatsApp has them. One is known by its name and language, or by WhatsApp's id; ours stays while it lives. */

#define COLUMNS "id, connection_id, remote_id, name, language, category, status, quality, rejected_reason, parameter_format, components, updated_at"

static JsonArray *
read_components (const char *text)
{
  g_autoptr (JsonNode) node = json_from_string (text, NULL);

  return node != NULL && JSON_NODE_HOLDS_ARRAY (node) ? json_node_dup_array (node) : json_array_new ();
}

static char *
write_components (JsonArray *components)
{
  g_autoptr (JsonNode) node = json_node_init_array (json_node_alloc (), components);

  return lobby_json_to_string (node);
}

static LobbyTemplate *
template_from_row (LobbyStatement *row)
{
  LobbyTemplate *template = g_new0 (LobbyTemplate, 1);

  template->id = lobby_statement_dup_text (row, 0);
  template->connection_id = lobby_statement_dup_text (row, 1);
  template->remote_id = lobby_statement_dup_text (row, 2);
  template->name = lobby_statement_dup_text (row, 3);
  template->language = lobby_statement_dup_text (row, 4);
  template->category = lobby_statement_dup_text (row, 5);
  template->status = lobby_statement_dup_text (row, 6);
  template->quality = lobby_statement_dup_text (row, 7);
  template->rejected_reason = lobby_statement_dup_text (row, 8);
  template->parameter_format = lobby_statement_dup_text (row, 9);
  template->components = read_components (lobby_statement_text (row, 10));
  template->updated_at = lobby_statement_int (row, 11);
  return template;
}

static GPtrArray *
load_templates (LobbyDatabase *database,
                const char *connection_id,
                GError **error)
{
  GPtrArray *templates = g_ptr_array_new_with_free_func ((GDestroyNotify)lobby_template_free);
  g_autoptr (LobbyStatement) row = lobby_database_query (database, error,
                                                         "SELECT " COLUMNS " FROM templates WHERE connection_id = ? ORDER BY name, language", "s",
                                                         connection_id);

  while (row != NULL && lobby_statement_step (row, error))
    g_ptr_array_add (templates, template_from_row (row));
  return templates;
}

static LobbyTemplate *
load_template (LobbyDatabase *database,
               const char *id,
               GError **error)
{
  g_autoptr (LobbyStatement) row = lobby_database_query (database, error, "SELECT " COLUMNS " FROM templates WHERE id = ?", "s", id);

  return row != NULL && lobby_statement_step (row, error) ? template_from_row (row) : NULL;
}

static LobbyTemplate *
find_template (LobbyVerb *verb,
               const char *connection_id,
               const LobbyTemplate *told)
{
  g_autoptr (LobbyStatement) row = NULL;

  row = lobby_database_query (verb->database, &verb->error,
                              "SELECT " COLUMNS " FROM templates WHERE connection_id = ?1 AND (remote_id = ?2 OR (name = ?3 AND language = ?4))"
                              " ORDER BY remote_id IS ?2 DESC LIMIT 1",
                              "ssss", connection_id, told->remote_id, told->name, told->language);
  return row != NULL && lobby_statement_step (row, &verb->error) ? template_from_row (row) : NULL;
}

/* Events */

static gboolean
log_template (LobbyVerb *verb,
              const char *business_id,
              const LobbyTemplate *template)
{
  g_autoptr (JsonObject) json = lobby_template_to_json (template);
  LobbyWireEvent event = { .kind = LOBBY_EVENT_TEMPLATE_UPDATED, .template = json };

  return lobby_verb_log_event (verb, business_id, &event, NULL);
}

static gboolean
delete_template (LobbyVerb *verb,
                 const char *business_id,
                 const LobbyTemplate *template)
{
  LobbyWireEvent event = { .kind = LOBBY_EVENT_TEMPLATE_REMOVED, .template_id = template->id };

  return lobby_database_run (verb->database, &verb->error, "DELETE FROM templates WHERE id = ?", "s", template->id)
         && lobby_verb_log_event (verb, business_id, &event, NULL);
}

/* Writing */

static gboolean
save_template (LobbyVerb *verb,
               const char *business_id,
               LobbyTemplate *template)
{
  g_autofree char *components = write_components (template->components);

  template->updated_at = verb->now;
  return lobby_database_run (verb->database, &verb->error,
                             "INSERT INTO templates (" COLUMNS ") VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
                             " ON CONFLICT (id) DO UPDATE SET remote_id = excluded.remote_id, name = excluded.name, language = excluded.language,"
                             " category = excluded.category, status = excluded.status, quality = excluded.quality,"
                             " rejected_reason = excluded.rejected_reason, parameter_format = excluded.parameter_format,"
                             " components = excluded.components, updated_at = excluded.updated_at",
                             "sssssssssssl",
                             template->id, template->connection_id, template->remote_id, template->name, template->language, template->category,
                             template->status, template->quality, template->rejected_reason, template->parameter_format, components,
                             template->updated_at)
         && log_template (verb, business_id, template);
}

static gboolean
take_text (char **member,
           const char *told)
{
  return told != NULL && g_set_str (member, told);
}

/* TRUE when @told is news. */
static gboolean
merge_template (LobbyTemplate *template,
                const LobbyTemplate *told)
{
  gboolean changed = FALSE;

  changed |= take_text (&template->remote_id, told->remote_id);
  changed |= take_text (&template->name, told->name);
  changed |= take_text (&template->language, told->language);
  changed |= take_text (&template->category, told->category);
  changed |= take_text (&template->status, told->status);
  changed |= take_text (&template->quality, told->quality);
  changed |= take_text (&template->rejected_reason, told->rejected_reason);
  changed |= take_text (&template->parameter_format, told->parameter_format);
  if (told->components != NULL)
    {
      g_autofree char *before = write_components (template->components);
      g_autofree char *after = write_components (told->components);

      if (strcmp (before, after) != 0)
        {
          json_array_unref (template->components);
          template->components = json_array_ref (told->components);
          changed = TRUE;
        }
    }
  return changed;
}

/* What is whole enough to be one of its own. */
static LobbyTemplate *
make_template (const char *connection_id,
               const LobbyTemplate *told)
{
  LobbyTemplate *template;

  if (told->name == NULL || told->language == NULL || told->status == NULL || told->components == NULL)
    return NULL;
  template = g_new0 (LobbyTemplate, 1);
  template->id = lobby_id_new ();
  template->connection_id = g_strdup (connection_id);
  template->category = g_strdup ("UTILITY");
  template->parameter_format = g_strdup ("POSITIONAL");
  template->components = json_array_new ();
  merge_template (template, told);
  return template;
}

static gboolean
put_template (LobbyVerb *verb,
              const LobbyVerbPlace *place,
              const LobbyTemplate *told,
              LobbyTemplate **template)
{
  g_autoptr (LobbyTemplate) found = find_template (verb, place->connection_id, told);

  if (verb->error != NULL)
    return FALSE;
  if (found != NULL && g_strcmp0 (told->status, "DELETED") == 0)
    {
      if (!delete_template (verb, place->business_id, found))
        return FALSE;
    }
  else if (found != NULL)
    {
      if (merge_template (found, told) && !save_template (verb, place->business_id, found))
        return FALSE;
    }
  else
    {
      found = make_template (place->connection_id, told);
      if (found != NULL && !save_template (verb, place->business_id, found))
        return FALSE;
    }
  *template = g_steal_pointer (&found);
  return TRUE;
}

static gboolean
lobby_sqlite_storage_put_template (LobbyStorage *storage,
                                   const char *connection_id,
                                   const LobbyTemplate *told,
                                   gboolean *known,
                                   GError **error)
{
  g_auto (LobbyVerb) verb = { 0 };
  g_auto (LobbyVerbPlace) place = { 0 };
  g_autoptr (LobbyTemplate) template = NULL;

  if (!lobby_verb_begin (&verb, storage, error)
      || !lobby_verb_find_place (&verb, connection_id, &place)
      || !put_template (&verb, &place, told, &template)
      || !lobby_verb_end (&verb))
    return FALSE;
  *known = template != NULL || g_strcmp0 (told->status, "DELETED") == 0;
  return TRUE;
}

static gboolean
remove_missing (LobbyVerb *verb,
                const LobbyVerbPlace *place,
                GHashTable *kept)
{
  g_autoptr (GPtrArray) stored = load_templates (verb->database, place->connection_id, &verb->error);

  for (guint i = 0; i < stored->len && verb->error == NULL; i++)
    {
      const LobbyTemplate *template = g_ptr_array_index (stored, i);

      if (!g_hash_table_contains (kept, template->id) && !delete_template (verb, place->business_id, template))
        return FALSE;
    }
  return verb->error == NULL;
}

static gboolean
lobby_sqlite_storage_set_templates (LobbyStorage *storage,
                                    const char *connection_id,
                                    GPtrArray *templates,
                                    GError **error)
{
  g_auto (LobbyVerb) verb = { 0 };
  g_auto (LobbyVerbPlace) place = { 0 };
  g_autoptr (GHashTable) kept = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);

  if (!lobby_verb_begin (&verb, storage, error) || !lobby_verb_find_place (&verb, connection_id, &place))
    return FALSE;
  for (guint i = 0; i < templates->len; i++)
    {
      g_autoptr (LobbyTemplate) template = NULL;

      if (!put_template (&verb, &place, g_ptr_array_index (templates, i), &template))
        return FALSE;
      if (template != NULL)
        g_hash_table_add (kept, g_strdup (template->id));
    }
  return remove_missing (&verb, &place, kept)
         && lobby_database_run (verb.database, &verb.error,
                                "INSERT INTO template_lists (connection_id, synced_at) VALUES (?, ?) ON CONFLICT DO UPDATE SET synced_at = excluded.synced_at",
                                "sl", connection_id, verb.now)
         && lobby_verb_end (&verb);
}

static gboolean
lobby_sqlite_storage_remove_template (LobbyStorage *storage,
                                      const char *id,
                                      GError **error)
{
  g_auto (LobbyVerb) verb = { 0 };
  g_auto (LobbyVerbPlace) place = { 0 };
  g_autoptr (LobbyTemplate) template = NULL;

  if (!lobby_verb_begin (&verb, storage, error))
    return FALSE;
  template = load_template (verb.database, id, &verb.error);
  if (template == NULL)
    return lobby_verb_not_found (&verb, "template");
  return lobby_verb_find_place (&verb, template->connection_id, &place)
         && delete_template (&verb, place.business_id, template)
         && lobby_verb_end (&verb);
}

static gboolean
lobby_sqlite_storage_expire_templates (LobbyStorage *storage,
                                       const char *connection_id,
                                       GError **error)
{
  g_auto (LobbyVerb) verb = { 0 };

  return lobby_verb_begin (&verb, storage, error)
         && lobby_database_run (verb.database, &verb.error, "UPDATE template_lists SET synced_at = 0 WHERE connection_id = ?", "s", connection_id)
         && lobby_verb_end (&verb);
}

/* Reading */

static GPtrArray *
lobby_sqlite_storage_list_templates (LobbyStorage *storage,
                                     const char *connection_id,
                                     gint64 *synced_at)
{
  LobbyDatabase *database = LOBBY_SQLITE_STORAGE (storage)->database;
  g_autoptr (GError) error = NULL;
  GPtrArray *templates = load_templates (database, connection_id, &error);

  if (synced_at != NULL && error == NULL)
    *synced_at = lobby_database_get_int (database, 0, &error, "SELECT synced_at FROM template_lists WHERE connection_id = ?", "s", connection_id);
  lobby_sqlite_log_error (&error);
  return templates;
}

static LobbyTemplate *
lobby_sqlite_storage_get_template (LobbyStorage *storage,
                                   const char *id)
{
  g_autoptr (GError) error = NULL;
  LobbyTemplate *template = load_template (LOBBY_SQLITE_STORAGE (storage)->database, id, &error);

  lobby_sqlite_log_error (&error);
  return template;
}

void
lobby_sqlite_template_verbs (LobbyStorageInterface *iface)
{
  iface->list_templates = lobby_sqlite_storage_list_templates;
  iface->get_template = lobby_sqlite_storage_get_template;
  iface->set_templates = lobby_sqlite_storage_set_templates;
  iface->put_template = lobby_sqlite_storage_put_template;
  iface->remove_template = lobby_sqlite_storage_remove_template;
  iface->expire_templates = lobby_sqlite_storage_expire_templates;
}
