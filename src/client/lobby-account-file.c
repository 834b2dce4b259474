/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "lobby-client"

#include "lobby-account-file.h"

#include "lobby-id.h"

#include <string.h>

/* The id names files: nothing but what lobby_id_new makes. */
static gboolean
is_id (const char *id)
{
  return strlen (id) == LOBBY_ID_LENGTH && strspn (id, "0123456789ABCDEFGHJKMNPQRSTVWXYZ") == LOBBY_ID_LENGTH;
}

static LobbyIdentity *
read_group (GKeyFile *file,
            const char *id)
{
  g_autoptr (LobbyIdentity) identity = g_new0 (LobbyIdentity, 1);

  identity->id = g_strdup (id);
  identity->server_url = g_key_file_get_string (file, id, "server", NULL);
  identity->user = g_key_file_get_string (file, id, "user", NULL);
  identity->agent_id = g_key_file_get_string (file, id, "agent-id", NULL);
  identity->agent_name = g_key_file_get_string (file, id, "agent", NULL);
  identity->business_name = g_key_file_get_string (file, id, "business", NULL);

  return is_id (id) && identity->server_url != NULL && identity->user != NULL ? g_steal_pointer (&identity) : NULL;
}

GPtrArray *
lobby_account_file_read (const char *path,
                         GError **error)
{
  g_autoptr (GPtrArray) identities = g_ptr_array_new_with_free_func ((GDestroyNotify)lobby_identity_free);
  g_autoptr (GKeyFile) file = g_key_file_new ();
  g_autoptr (GError) inner = NULL;
  g_auto (GStrv) groups = NULL;

  if (!g_key_file_load_from_file (file, path, G_KEY_FILE_NONE, &inner))
    {
      if (g_error_matches (inner, G_FILE_ERROR, G_FILE_ERROR_NOENT))
        return g_steal_pointer (&identities);

      g_set_error (error, LOBBY_CLIENT_ERROR, LOBBY_CLIENT_ERROR_STORAGE, "%s: %s", path, inner->message);
      return NULL;
    }

  groups = g_key_file_get_groups (file, NULL);
  for (guint i = 0; groups[i] != NULL; i++)
    {
      LobbyIdentity *identity = read_group (file, groups[i]);

      if (identity != NULL)
        g_ptr_array_add (identities, identity);
      else
        g_warning ("%s: the group “%s” is no account", path, groups[i]);
    }

  return g_steal_pointer (&identities);
}

static void
set_string (GKeyFile *file,
            const char *group,
            const char *key,
            const char *value)
{
  if (value != NULL)
    g_key_file_set_string (file, group, key, value);
}

gboolean
lobby_account_file_write (const char *path,
                          GPtrArray *identities,
                          GError **error)
{
  g_autoptr (GKeyFile) file = g_key_file_new ();
  g_autoptr (GError) inner = NULL;
  g_autofree char *text = NULL;
  gsize length;

  for (guint i = 0; i < identities->len; i++)
    {
      const LobbyIdentity *identity = g_ptr_array_index (identities, i);

      set_string (file, identity->id, "server", identity->server_url);
      set_string (file, identity->id, "user", identity->user);
      set_string (file, identity->id, "agent-id", identity->agent_id);
      set_string (file, identity->id, "agent", identity->agent_name);
      set_string (file, identity->id, "business", identity->business_name);
    }

  text = g_key_file_to_data (file, &length, NULL);
  if (!g_file_set_contents_full (path, text, (gssize)length, G_FILE_SET_CONTENTS_CONSISTENT | G_FILE_SET_CONTENTS_DURABLE,
                                 0600, &inner))
    {
      g_set_error_literal (error, LOBBY_CLIENT_ERROR, LOBBY_CLIENT_ERROR_STORAGE, inner->message);
      return FALSE;
    }

  return TRUE;
}
