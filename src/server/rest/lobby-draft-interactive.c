/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "lobby-server"

#include "lobby-draft-check.h"

#include <string.h>

#include "lobby-json.h"

/* Messages with something to tap (CLOUD_API 2). */

#define ID_MAX_BYTES 4096
#define BUTTONS_MAX 3
#define SECTIONS_MAX 10
#define ROWS_MAX 10

/* FALSE and *@problem when @value was there already. */
static gboolean
add_unique (GHashTable *seen,
            const char *value,
            const char *what,
            char **problem)
{
  if (g_hash_table_add (seen, (gpointer)value))
    return TRUE;
  *problem = g_strdup_printf ("Two %s have the same id", what);
  return FALSE;
}

static char *
check_buttons (JsonObject *action)
{
  JsonArray *buttons = lobby_json_get_array (action, "buttons");
  guint length = lobby_json_array_length (buttons);
  g_autoptr (GHashTable) ids = g_hash_table_new (g_str_hash, g_str_equal);

  if (length < 1 || length > BUTTONS_MAX)
    return g_strdup_printf ("WhatsApp takes one to %d buttons", BUTTONS_MAX);
  for (guint i = 0; i < length; i++)
    {
      JsonObject *button = lobby_json_array_object (buttons, i);
      JsonObject *reply = lobby_json_get_object (button, "reply");
      char *problem = NULL;

      if (g_strcmp0 (lobby_json_get_string (button, "type", 64), "reply") != 0)
        return g_strdup ("A button must be of type reply");
      if ((problem = lobby_draft_check_text (reply, "title", "A button's title", 1, 20)) != NULL
          || (problem = lobby_draft_check_text (reply, "id", "A button's id", 1, 256)) != NULL
          || !add_unique (ids, lobby_json_get_string (reply, "id", ID_MAX_BYTES), "buttons", &problem))
        return problem;
    }
  return NULL;
}

static char *
check_rows (JsonObject *section,
            GHashTable *ids)
{
  JsonArray *rows = lobby_json_get_array (section, "rows");

  if (lobby_json_array_length (rows) == 0)
    return g_strdup ("A section needs a row");
  for (guint i = 0; i < lobby_json_array_length (rows); i++)
    {
      JsonObject *row = lobby_json_array_object (rows, i);
      char *problem = NULL;

      if ((problem = lobby_draft_check_text (row, "title", "A row's title", 1, 24)) != NULL
          || (problem = lobby_draft_check_text (row, "id", "A row's id", 1, 200)) != NULL
          || (problem = lobby_draft_check_text (row, "description", "A row's description", 0, 72)) != NULL
          || !add_unique (ids, lobby_json_get_string (row, "id", ID_MAX_BYTES), "rows", &problem))
        return problem;
    }
  return g_hash_table_size (ids) > ROWS_MAX ? g_strdup_printf ("WhatsApp takes at most %d rows in all sections together", ROWS_MAX) : NULL;
}

static char *
check_list (JsonObject *action)
{
  JsonArray *sections = lobby_json_get_array (action, "sections");
  guint length = lobby_json_array_length (sections);
  g_autoptr (GHashTable) ids = g_hash_table_new (g_str_hash, g_str_equal);
  char *problem = lobby_draft_check_text (action, "button", "The list's button", 1, 20);

  if (problem == NULL && (length < 1 || length > SECTIONS_MAX))
    problem = g_strdup_printf ("WhatsApp takes one to %d sections", SECTIONS_MAX);
  for (guint i = 0; problem == NULL && i < length; i++)
    {
      JsonObject *section = lobby_json_array_object (sections, i);

      problem = lobby_draft_check_text (section, "title", "A section's title", length > 1 ? 1 : 0, 24);
      if (problem == NULL)
        problem = check_rows (section, ids);
    }
  return problem;
}

static char *
check_name (JsonObject *action,
            const char *name)
{
  if (g_strcmp0 (lobby_json_get_string (action, "name", 64), name) == 0)
    return NULL;
  return g_strdup_printf ("The action's name must be %s", name);
}

static char *
check_cta_url (JsonObject *action)
{
  JsonObject *parameters = lobby_json_get_object (action, "parameters");
  const char *url = lobby_json_get_string (parameters, "url", 8192);
  char *problem = check_name (action, "cta_url");

  if (problem == NULL)
    problem = lobby_draft_check_text (parameters, "display_text", "The button's text", 1, 20);
  if (problem == NULL)
    problem = lobby_draft_check_text (parameters, "url", "The link", 1, 2000);
  if (problem == NULL && !g_str_has_prefix (url, "https://") && !g_str_has_prefix (url, "http://"))
    problem = g_strdup ("The link must begin with https://");
  return problem;
}

static char *
check_location_request (JsonObject *action)
{
  return check_name (action, "send_location");
}

static char *
check_contact_request (JsonObject *action)
{
  return check_name (action, "request_contact_info");
}

static const struct
{
  const char *type;
  char *(*check) (JsonObject *action);
  guint body_max;      /* characters */
  gboolean has_header; /* any at all */
  gboolean has_file;   /* a picture, video or document as header */
} KINDS[] = {
  { "button", check_buttons, 1024, TRUE, TRUE },
  { "list", check_list, 4096, TRUE, FALSE },
  { "cta_url", check_cta_url, 1024, TRUE, TRUE },
  { "location_request_message", check_location_request, 1024, FALSE, FALSE },
  { "contact_request", check_contact_request, 1024, FALSE, FALSE },
};

static char *
check_header (JsonObject *interactive,
              guint kind,
              gboolean has_file)
{
  JsonObject *header = lobby_json_get_object (interactive, "header");
  const char *type = lobby_json_get_string (header, "type", 64);

  if (header == NULL)
    return has_file ? g_strdup ("A file needs a header that shows it") : NULL;
  if (!KINDS[kind].has_header)
    return g_strdup ("This kind of message has no header");
  if (g_strcmp0 (type, "text") == 0)
    return lobby_draft_check_text (header, "text", "The header", 1, 60);
  if (!KINDS[kind].has_file)
    return g_strdup ("A list's header is a text");
  if (g_strcmp0 (type, "image") == 0 || g_strcmp0 (type, "video") == 0 || g_strcmp0 (type, "document") == 0)
    return lobby_draft_check_file (lobby_json_get_object (header, type), "The header", has_file);
  return g_strdup ("A header is a text, an image, a video or a document");
}

char *
lobby_draft_check_interactive (JsonObject *interactive,
                               gboolean has_file)
{
  const char *type = lobby_json_get_string (interactive, "type", 64);
  JsonObject *action = lobby_json_get_object (interactive, "action");

  for (guint i = 0; type != NULL && i < G_N_ELEMENTS (KINDS); i++)
    {
      char *problem;

      if (strcmp (type, KINDS[i].type) != 0)
        continue;
      problem = check_header (interactive, i, has_file);
      if (problem == NULL)
        problem = lobby_draft_check_text (lobby_json_get_object (interactive, "body"), "text", "The text", 1, KINDS[i].body_max);
      if (problem == NULL)
        problem = lobby_draft_check_text (lobby_json_get_object (interactive, "footer"), "text", "The footer", 0, 60);
      return problem != NULL ? problem : KINDS[i].check (action);
    }
  return g_strdup ("An interactive message is of type button, list, cta_url, location_request_message or contact_request");
}
