/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "lobby-whatsapp"

#include "lobby-vcard.h"
#include "lobby-json.h"

#include <string.h>

#define MAX_VCARD (32 * 1024)
#define MAX_ENTRIES 32
#define MAX_VALUE 512

typedef struct
{
  JsonObject *card;
  JsonArray *phones;
  JsonArray *emails;
} Parser;

/* "\," "\;" "\n" and "\\" stand for themselves. */
static char *
unescape (const char *value)
{
  g_autoptr (GString) text = g_string_new (NULL);

  for (; *value != '\0' && text->len < MAX_VALUE; value++)
    {
      if (*value == '\\' && value[1] != '\0')
        value++, g_string_append_c (text, *value == 'n' || *value == 'N' ? ' ' : *value);
      else
        g_string_append_c (text, *value);
    }
  return g_strchomp (g_utf8_make_valid (text->str, (gssize)text->len));
}

/* The value of "waid=…" among the parameters of a line. */
static char *
dup_parameter (const char *parameters,
               const char *name)
{
  g_auto (GStrv) parts = g_strsplit (parameters, ";", MAX_ENTRIES);

  for (guint i = 0; parts[i] != NULL; i++)
    {
      const char *equals = strchr (parts[i], '=');

      if (equals != NULL && g_ascii_strncasecmp (parts[i], name, strlen (name)) == 0 && parts[i] + strlen (name) == equals && equals[1] != '\0')
        return g_utf8_make_valid (equals + 1, (gssize)strnlen (equals + 1, MAX_VALUE));
    }
  return NULL;
}

static void
add_entry (JsonArray *array,
           const char *name,
           const char *value,
           const char *wa_id)
{
  JsonObject *entry;

  if (json_array_get_length (array) >= MAX_ENTRIES || *value == '\0')
    return;
  entry = json_object_new ();
  json_object_set_string_member (entry, name, value);
  lobby_json_set_string (entry, "wa_id", wa_id);
  json_array_add_object_element (array, entry);
}

static void
set_inner (JsonObject *card,
           const char *member,
           const char *name,
           const char *value)
{
  JsonObject *inner = lobby_json_get_object (card, member);

  if (*value == '\0')
    return;
  if (inner == NULL)
    {
      inner = json_object_new ();
      json_object_set_object_member (card, member, inner);
    }
  json_object_set_string_member (inner, name, value);
}

/* "item1.TEL;type=CELL;waid=34600111222:+34 600 111 222" */
static void
parse_line (Parser *parser,
            char *line)
{
  char *colon = strchr (line, ':');
  g_autofree char *value = NULL;
  g_autofree char *wa_id = NULL;
  char *name, *parameters;

  if (colon == NULL)
    return;
  *colon = '\0';
  name = strrchr (line, '.') != NULL && strcspn (line, ";") > strcspn (line, ".") ? line + strcspn (line, ".") + 1 : line;
  parameters = name + strcspn (name, ";");
  if (*parameters != '\0')
    *parameters++ = '\0';
  value = unescape (colon + 1);
  if (g_ascii_strcasecmp (name, "FN") == 0)
    set_inner (parser->card, "name", "formatted_name", value);
  else if (g_ascii_strcasecmp (name, "ORG") == 0)
    {
      value[strcspn (value, ";")] = '\0';
      set_inner (parser->card, "org", "company", value);
    }
  else if (g_ascii_strcasecmp (name, "TEL") == 0)
    {
      wa_id = dup_parameter (parameters, "waid");
      add_entry (parser->phones, "phone", value, wa_id);
    }
  else if (g_ascii_strcasecmp (name, "EMAIL") == 0)
    add_entry (parser->emails, "email", value, NULL);
}

/* A line that begins with a space goes on with the one before. */
static char *
unfold (const char *text)
{
  GString *unfolded = g_string_new (NULL);

  for (; *text != '\0'; text++)
    {
      if (*text == '\r')
        continue;
      if (*text == '\n' && (text[1] == ' ' || text[1] == '\t'))
        text++;
      else
        g_string_append_c (unfolded, *text);
    }
  return g_string_free (unfolded, FALSE);
}

JsonObject *
lobby_vcard_parse (const char *text)
{
  g_autofree char *unfolded = strlen (text) <= MAX_VCARD ? unfold (text) : g_strdup ("");
  g_auto (GStrv) lines = g_strsplit (unfolded, "\n", -1);
  Parser parser = { json_object_new (), json_array_new (), json_array_new () };
  gboolean has_name;
  const char *phone;

  for (guint i = 0; lines[i] != NULL; i++)
    parse_line (&parser, lines[i]);
  has_name = lobby_json_get_object (parser.card, "name") != NULL;
  phone = lobby_json_get_string (lobby_json_array_object (parser.phones, 0), "phone", G_MAXSIZE);
  /* Every card has a name that it is shown by. */
  if (!has_name && phone != NULL)
    set_inner (parser.card, "name", "formatted_name", phone);
  if (json_array_get_length (parser.phones) > 0)
    json_object_set_array_member (parser.card, "phones", json_array_ref (parser.phones));
  if (json_array_get_length (parser.emails) > 0)
    json_object_set_array_member (parser.card, "emails", json_array_ref (parser.emails));
  json_array_unref (parser.phones);
  json_array_unref (parser.emails);
  if (!has_name && phone == NULL)
    g_clear_pointer (&parser.card, json_object_unref);
  return parser.card;
}

static void
append_line (GString *vcard,
             const char *name,
             const char *value)
{
  g_string_append_printf (vcard, "%s:", name);
  for (; *value != '\0'; value++)
    {
      if (*value == '\n' || *value == '\r')
        g_string_append_c (vcard, ' ');
      else
        {
          if (strchr (",;\\", *value) != NULL)
            g_string_append_c (vcard, '\\');
          g_string_append_c (vcard, *value);
        }
    }
  g_string_append_c (vcard, '\n');
}

char *
lobby_vcard_write (JsonObject *card)
{
  const char *name = lobby_json_get_string (lobby_json_get_object (card, "name"), "formatted_name", MAX_VALUE);
  const char *company = lobby_json_get_string (lobby_json_get_object (card, "org"), "company", MAX_VALUE);
  JsonArray *phones = lobby_json_get_array (card, "phones"), *emails = lobby_json_get_array (card, "emails");
  GString *vcard = g_string_new ("BEGIN:VCARD\nVERSION:3.0\n");

  append_line (vcard, "FN", name != NULL ? name : "");
  if (company != NULL)
    append_line (vcard, "ORG", company);
  for (guint i = 0; i < lobby_json_array_length (phones); i++)
    {
      const char *phone = lobby_json_get_string (lobby_json_array_object (phones, i), "phone", MAX_VALUE);
      const char *wa_id = lobby_json_get_string (lobby_json_array_object (phones, i), "wa_id", 20);
      g_autofree char *line = wa_id != NULL && *wa_id != '\0' && strspn (wa_id, "0123456789") == strlen (wa_id)
                                  ? g_strdup_printf ("TEL;type=CELL;type=VOICE;waid=%s", wa_id)
                                  : g_strdup ("TEL;type=CELL;type=VOICE");

      if (phone != NULL)
        append_line (vcard, line, phone);
    }
  for (guint i = 0; i < lobby_json_array_length (emails); i++)
    {
      const char *email = lobby_json_get_string (lobby_json_array_object (emails, i), "email", MAX_VALUE);

      if (email != NULL)
        append_line (vcard, "EMAIL", email);
    }
  g_string_append (vcard, "END:VCARD");
  return g_string_free (vcard, FALSE);
}
