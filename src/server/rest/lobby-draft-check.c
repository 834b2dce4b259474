/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "lobby-server"

#include "lobby-draft-check.h"

#include <math.h>
#include <string.h>

#include "lobby-json.h"

#define STRING_MAX (64 * 1024)
#define CONTACTS_MAX 257
#define NAME_MAX_LETTERS 1024

char *
lobby_draft_check_text (JsonObject *object,
                        const char *name,
                        const char *what,
                        guint least,
                        guint most)
{
  const char *value = lobby_json_get_string (object, name, STRING_MAX);
  gboolean is_other = value == NULL && object != NULL && json_object_has_member (object, name) && !json_object_get_null_member (object, name);
  glong length = value != NULL ? g_utf8_strlen (value, -1) : 0;

  if (is_other)
    return g_strdup_printf ("%s must be a text of at most %u characters", what, most);
  if (length < least || (least > 0 && value[strspn (value, " \t\r\n")] == '\0'))
    return g_strdup_printf ("%s is missing", what);
  if (length > most)
    return g_strdup_printf ("%s has %ld characters; WhatsApp takes at most %u", what, length, most);
  return NULL;
}

char *
lobby_draft_check_file (JsonObject *object,
                        const char *what,
                        gboolean has_file)
{
  const char *link = lobby_json_get_string (object, "link", STRING_MAX);

  if (link != NULL && !g_str_has_prefix (link, "https://") && !g_str_has_prefix (link, "http://"))
    return g_strdup_printf ("%s: the link must begin with https://", what);
  if (link == NULL && !has_file && lobby_json_get_string (object, "id", STRING_MAX) == NULL)
    return g_strdup_printf ("%s needs a file", what);
  return NULL;
}

char *
lobby_draft_check_location (JsonObject *location)
{
  if (!(fabs (lobby_json_get_double_or (location, "latitude", NAN)) <= 90)
      || !(fabs (lobby_json_get_double_or (location, "longitude", NAN)) <= 180))
    return g_strdup ("A location needs a latitude from -90 to 90 and a longitude from -180 to 180");
  for (guint i = 0; i < 2; i++)
    {
      char *problem = lobby_draft_check_text (location, i == 0 ? "name" : "address", i == 0 ? "The place's name" : "The address", 0, 1000);

      if (problem != NULL)
        return problem;
    }
  return NULL;
}

/* Contact cards */

static gboolean
is_birthday (const char *text)
{
  static const char SHAPE[] = "dddd-dd-dd";

  if (strlen (text) != sizeof SHAPE - 1)
    return FALSE;
  for (guint i = 0; SHAPE[i] != '\0'; i++)
    {
      if (SHAPE[i] == 'd' ? !g_ascii_isdigit (text[i]) : text[i] != SHAPE[i])
        return FALSE;
    }
  return TRUE;
}

static void
complete_name (JsonObject *name)
{
  static const char *const PARTS[] = { "first_name", "last_name", "middle_name", "suffix", "prefix" };

  for (guint i = 0; i < G_N_ELEMENTS (PARTS); i++)
    {
      if (lobby_json_get_string (name, PARTS[i], STRING_MAX) != NULL)
        return;
    }
  json_object_set_string_member (name, "first_name", lobby_json_get_string (name, "formatted_name", STRING_MAX));
}

char *
lobby_draft_check_contacts (JsonArray *contacts)
{
  guint length = lobby_json_array_length (contacts);

  if (length == 0)
    return g_strdup ("There is no contact to send");
  if (length > CONTACTS_MAX)
    return g_strdup_printf ("WhatsApp takes at most %d contacts in a message", CONTACTS_MAX);
  for (guint i = 0; i < length; i++)
    {
      JsonObject *card = lobby_json_array_object (contacts, i);
      JsonObject *name = lobby_json_get_object (card, "name");
      const char *birthday = lobby_json_get_string (card, "birthday", STRING_MAX);
      char *problem = lobby_draft_check_text (name, "formatted_name", "The contact's name", 1, NAME_MAX_LETTERS);

      if (problem != NULL)
        return problem;
      if (birthday != NULL && !is_birthday (birthday))
        return g_strdup ("A birthday must be written as YYYY-MM-DD");
      complete_name (name);
    }
  return NULL;
}
