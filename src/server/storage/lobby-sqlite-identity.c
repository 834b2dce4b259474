/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "lobby-server"

#include "lobby-sqlite-private.h"

#include <string.h>

#include "lobby-id.h"

/*
 * Who is who. None of a customer's names on WhatsApp lasts: numbers are changed and given to others later, user ids are
 * renewed with the number, usernames change hands, and any of them may not be told. So each is an alias of a contact, until its owner
 * gives it up: then it still finds the contact for what was written before, and nobody for what is written after.
 * A report that names two contacts together makes them one.
 */

#define N_KINDS 4

typedef struct
{
  const char *kind;
  const char *scope;
  const char *value;
} Alias;

/* What identifies a person: the number first, it is what the team knows a customer by. */
static void
list_aliases (const LobbyVerbPlace *place,
              const LobbyIdentity *identity,
              Alias aliases[N_KINDS])
{
  aliases[0] = (Alias){ "wa_id", place->business_id, identity->wa_id };
  aliases[1] = (Alias){ "bsuid", place->business_id, identity->bsuid };
  aliases[2] = (Alias){ "parent_bsuid", place->business_id, identity->parent_bsuid };
  aliases[3] = (Alias){ "lid", place->connection_id, identity->lid };
}

static char *
find_alias (LobbyVerb *verb,
            const Alias *alias,
            gint64 at)
{
  g_autoptr (LobbyStatement) row = NULL;

  if (alias->value == NULL || verb->error != NULL)
    return NULL;
  row = lobby_database_query (verb->database, &verb->error,
                              "SELECT contact_id FROM aliases WHERE kind = ? AND scope = ? AND value = ? AND (until = 0 OR until >= ?)", "sssl",
                              alias->kind, alias->scope, alias->value, at);
  return row != NULL && lobby_statement_step (row, &verb->error) ? lobby_statement_dup_text (row, 0) : NULL;
}

static gboolean
has_alias (LobbyVerb *verb,
           const Alias *alias,
           const char *contact_id)
{
  return lobby_database_get_int (verb->database, 0, &verb->error,
                                 "SELECT contact_id = ? AND until = 0 FROM aliases WHERE kind = ? AND scope = ? AND value = ?", "ssss",
                                 contact_id, alias->kind, alias->scope, alias->value)
         != 0;
}

/* Mostly it is theirs already, which is cheaper to ask than to write. */
static gboolean
put_alias (LobbyVerb *verb,
           const Alias *alias,
           const char *contact_id,
           gint64 at)
{
  return alias->value == NULL
         || has_alias (verb, alias, contact_id)
         || lobby_database_run (verb->database, &verb->error,
                                "INSERT INTO aliases (kind, scope, value, contact_id, updated_at) VALUES (?1, ?2, ?3, ?4, ?5)"
                                " ON CONFLICT DO UPDATE SET contact_id = excluded.contact_id, updated_at = excluded.updated_at, until = 0"
                                " WHERE (contact_id <> excluded.contact_id OR until > 0) AND until < ?6",
                                "ssssll", alias->kind, alias->scope, alias->value, contact_id, verb->now, at);
}

/* Who of the two was known first keeps the name that clients know. */
static gboolean
is_older (LobbyVerb *verb,
          const char *id,
          const char *than)
{
  return lobby_database_get_int (verb->database, 0, &verb->error,
                                 "SELECT (a.created_at, a.id) < (b.created_at, b.id) FROM contacts a, contacts b WHERE a.id = ? AND b.id = ?", "ss",
                                 id, than)
         != 0;
}

/* Takes both; *@id becomes the id of the one contact that remains. */
static gboolean
unite (LobbyVerb *verb,
       char **id,
       char *other)
{
  g_autofree char *merged = other;

  if (*id == NULL || merged == NULL || strcmp (*id, merged) == 0)
    {
      if (*id == NULL)
        *id = g_steal_pointer (&merged);
      return verb->error == NULL;
    }
  if (is_older (verb, merged, *id))
    {
      char *kept = g_steal_pointer (&merged);

      merged = *id;
      *id = kept;
    }
  return verb->error == NULL && lobby_verb_merge_contacts (verb, *id, merged);
}

static gboolean
is_named (const LobbyIdentity *identity)
{
  return identity->wa_id != NULL || identity->bsuid != NULL || identity->parent_bsuid != NULL || identity->lid != NULL;
}

gboolean
lobby_verb_find_contact (LobbyVerb *verb,
                         const LobbyVerbPlace *place,
                         const LobbyIdentity *identity,
                         gint64 at,
                         char **contact_id)
{
  g_autofree char *found = NULL;
  Alias aliases[N_KINDS];

  list_aliases (place, identity, aliases);
  for (guint i = 0; i < N_KINDS; i++)
    if (!unite (verb, &found, find_alias (verb, &aliases[i], at)))
      return FALSE;
  if (found == NULL && !is_named (identity))
    {
      const Alias username = { "username", place->business_id, identity->username };

      found = find_alias (verb, &username, at);
    }
  *contact_id = g_steal_pointer (&found);
  return verb->error == NULL;
}

static gboolean
put_aliases (LobbyVerb *verb,
             const LobbyVerbPlace *place,
             const LobbyIdentity *identity,
             const char *contact_id,
             gint64 at)
{
  const Alias username = { "username", place->business_id, identity->username };
  Alias aliases[N_KINDS];

  list_aliases (place, identity, aliases);
  for (guint i = 0; i < N_KINDS; i++)
    if (!put_alias (verb, &aliases[i], contact_id, at))
      return FALSE;
  return put_alias (verb, &username, contact_id, at);
}

static gboolean
insert_contact (LobbyVerb *verb,
                const LobbyVerbPlace *place,
                const LobbyIdentity *identity,
                const char *contact_id,
                gint64 active_at)
{
  g_autofree char *phone_number = identity->wa_id != NULL ? g_strconcat ("+", identity->wa_id, NULL) : NULL;

  return lobby_database_run (verb->database, &verb->error,
                             "INSERT INTO contacts (id, business_id, name, phone_number, username, last_activity_at, created_at, updated_at)"
                             " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                             "ssssslll",
                             contact_id, place->business_id, identity->name, phone_number, identity->username, active_at, verb->now, verb->now);
}

/* Most messages tell nothing new of who wrote them. */
static gboolean
keep_contact (LobbyVerb *verb,
              const LobbyIdentity *identity,
              const char *contact_id,
              gint64 active_at)
{
  return lobby_database_run (verb->database, &verb->error,
                             "UPDATE contacts SET last_activity_at = max (last_activity_at, ?4) WHERE id = ?5 AND (?1 IS NULL OR name = ?1 OR is_named)"
                             " AND (?2 IS NULL OR phone_number = '+' || ?2) AND (?3 IS NULL OR username = ?3)",
                             "sssls",
                             identity->name, identity->wa_id, identity->username, active_at, contact_id)
         && lobby_database_changes (verb->database) > 0;
}

/* What is told now replaces what was told before; a number that was given up meanwhile is no news. */
static gboolean
update_contact (LobbyVerb *verb,
                const LobbyVerbPlace *place,
                const LobbyIdentity *identity,
                const char *contact_id,
                gint64 active_at)
{
  if (keep_contact (verb, identity, contact_id, active_at) || verb->error != NULL)
    return verb->error == NULL;
  return lobby_database_run (verb->database, &verb->error,
                             "WITH told (name, phone_number, username) AS (SELECT"
                             " (SELECT iif (is_named, NULL, ?1) FROM contacts WHERE id = ?6),"
                             " (SELECT '+' || value FROM aliases WHERE kind = 'wa_id' AND scope = ?7 AND value = ?2 AND contact_id = ?6 AND until = 0), ?3)"
                             " UPDATE contacts SET name = coalesce (told.name, contacts.name), phone_number = coalesce (told.phone_number, contacts.phone_number),"
                             " username = coalesce (told.username, contacts.username), last_activity_at = max (last_activity_at, ?4),"
                             " updated_at = CASE WHEN coalesce (told.name, contacts.name) IS contacts.name"
                             " AND coalesce (told.phone_number, contacts.phone_number) IS contacts.phone_number"
                             " AND coalesce (told.username, contacts.username) IS contacts.username THEN updated_at ELSE ?5 END"
                             " FROM told WHERE id = ?6",
                             "sssllss",
                             identity->name, identity->wa_id, identity->username, active_at, verb->now, contact_id, place->business_id);
}

char *
lobby_verb_resolve_contact (LobbyVerb *verb,
                            const LobbyVerbPlace *place,
                            const LobbyIdentity *identity,
                            gint64 at,
                            gint64 active_at)
{
  g_autofree char *contact_id = NULL;
  gboolean known;

  if (!lobby_verb_find_contact (verb, place, identity, at, &contact_id))
    return NULL;
  known = contact_id != NULL;
  if (!known)
    {
      contact_id = lobby_id_new ();
      if (!insert_contact (verb, place, identity, contact_id, active_at))
        return NULL;
    }
  if (!put_aliases (verb, place, identity, contact_id, at)
      || (known && !update_contact (verb, place, identity, contact_id, active_at)))
    return NULL;
  return g_steal_pointer (&contact_id);
}

gboolean
lobby_verb_find_place (LobbyVerb *verb,
                       const char *connection_id,
                       LobbyVerbPlace *place)
{
  g_autoptr (LobbyStatement) row = lobby_database_query (verb->database, &verb->error,
                                                         "SELECT business_id FROM connections WHERE id = ?", "s", connection_id);

  if (row == NULL || !lobby_statement_step (row, &verb->error))
    return lobby_verb_not_found (verb, "connection");
  place->connection_id = connection_id;
  place->business_id = lobby_statement_dup_text (row, 0);
  return TRUE;
}

void
lobby_verb_place_clear (LobbyVerbPlace *place)
{
  g_clear_pointer (&place->business_id, g_free);
}

/* Verbs */

/* contact:updated, when it is not as it @was (NULL: new). */
static gboolean
log_contact (LobbyVerb *verb,
             const LobbyVerbPlace *place,
             const char *contact_id,
             const LobbyWireContact *was)
{
  g_autoptr (LobbyWireContact) contact = lobby_sqlite_load_contact (verb->database, contact_id, &verb->error);
  LobbyWireEvent event = { .kind = LOBBY_EVENT_CONTACT_UPDATED, .contact = contact };

  if (contact == NULL)
    return lobby_verb_not_found (verb, "contact");
  if (was != NULL && g_strcmp0 (contact->name, was->name) == 0 && g_strcmp0 (contact->phone_number, was->phone_number) == 0
      && g_strcmp0 (contact->username, was->username) == 0)
    return TRUE;
  return lobby_verb_log_event (verb, place->business_id, &event, NULL);
}

/* The old number, the old user ids: of whoever has them now, nothing is told by it. */
static gboolean
retire_aliases (LobbyVerb *verb,
                const LobbyVerbPlace *place,
                const LobbyIdentity *before,
                const LobbyIdentity *identity,
                const char *contact_id,
                gint64 at)
{
  Alias old[N_KINDS], new[N_KINDS];

  list_aliases (place, before, old);
  list_aliases (place, identity, new);
  for (guint i = 0; i < N_KINDS; i++)
    if (old[i].value != NULL && new[i].value != NULL && strcmp (old[i].value, new[i].value) != 0
        && !lobby_database_run (verb->database, &verb->error,
                                "UPDATE aliases SET until = ? WHERE kind = ? AND scope = ? AND value = ? AND contact_id = ? AND until = 0", "lssss",
                                at, old[i].kind, old[i].scope, old[i].value, contact_id))
      return FALSE;
  return TRUE;
}

static gboolean
learn_identity (LobbyVerb *verb,
                const LobbyVerbPlace *place,
                const LobbyIdentity *identity,
                const LobbyIdentity *before,
                gint64 at)
{
  g_autofree char *contact_id = NULL;
  g_autofree char *other = NULL;
  g_autoptr (LobbyWireContact) was = NULL;

  if (!lobby_verb_find_contact (verb, place, identity, at, &contact_id)
      || (before != NULL && !lobby_verb_find_contact (verb, place, before, at, &other))
      || !unite (verb, &contact_id, g_steal_pointer (&other)))
    return FALSE;
  if (contact_id == NULL)
    return TRUE;
  was = lobby_sqlite_load_contact (verb->database, contact_id, &verb->error);
  return was != NULL
         && (before == NULL || retire_aliases (verb, place, before, identity, contact_id, at))
         && put_aliases (verb, place, identity, contact_id, at)
         && update_contact (verb, place, identity, contact_id, 0)
         && log_contact (verb, place, contact_id, was);
}

static gboolean
lobby_sqlite_storage_learn_identity (LobbyStorage *storage,
                                     const char *connection_id,
                                     const LobbyIdentity *identity,
                                     const LobbyIdentity *before,
                                     gint64 at,
                                     GError **error)
{
  g_auto (LobbyVerb) verb = { 0 };
  g_auto (LobbyVerbPlace) place = { 0 };

  return lobby_verb_begin (&verb, storage, error)
         && lobby_verb_find_place (&verb, connection_id, &place)
         && learn_identity (&verb, &place, identity, before, at)
         && lobby_verb_end (&verb);
}

static gboolean
set_name (LobbyVerb *verb,
          const char *contact_id,
          const char *name)
{
  return lobby_database_run (verb->database, &verb->error,
                             "UPDATE contacts SET name = coalesce (?1, name), is_named = ?1 IS NOT NULL, updated_at = ?2 WHERE id = ?3", "sls",
                             name, verb->now, contact_id);
}

static gboolean
lobby_sqlite_storage_name_contact (LobbyStorage *storage,
                                   const char *connection_id,
                                   const LobbyIdentity *identity,
                                   const char *name,
                                   GError **error)
{
  g_auto (LobbyVerb) verb = { 0 };
  g_auto (LobbyVerbPlace) place = { 0 };
  g_autofree char *contact_id = NULL;
  g_autoptr (LobbyWireContact) was = NULL;

  if (!lobby_verb_begin (&verb, storage, error)
      || !lobby_verb_find_place (&verb, connection_id, &place)
      || !lobby_verb_find_contact (&verb, &place, identity, verb.now, &contact_id))
    return FALSE;
  if (contact_id == NULL && name == NULL)
    return lobby_verb_end (&verb);
  if (contact_id != NULL)
    {
      was = lobby_sqlite_load_contact (verb.database, contact_id, &verb.error);
    }
  else
    {
      contact_id = lobby_id_new ();
      if (!insert_contact (&verb, &place, identity, contact_id, 0) || !put_aliases (&verb, &place, identity, contact_id, verb.now))
        return FALSE;
    }
  return verb.error == NULL
         && set_name (&verb, contact_id, name)
         && log_contact (&verb, &place, contact_id, was)
         && lobby_verb_end (&verb);
}

void
lobby_sqlite_identity_verbs (LobbyStorageInterface *iface)
{
  iface->learn_identity = lobby_sqlite_storage_learn_identity;
  iface->name_contact = lobby_sqlite_storage_name_contact;
}
