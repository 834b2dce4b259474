/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "lobby-server"

#include "lobby-log-writer.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "lobby-clock.h"
#include "lobby-json.h"
#include "lobby-log.h"

typedef enum
{
  FORMAT_AUTO,
  FORMAT_TEXT,
  FORMAT_JSON,
} Format;

/* Any thread logs. */
static int most_verbose;
static int format;

static const char *
level_name (GLogLevelFlags level)
{
  switch (level & G_LOG_LEVEL_MASK)
    {
    case G_LOG_LEVEL_ERROR:
    case G_LOG_LEVEL_CRITICAL:
      return "error";
    case G_LOG_LEVEL_WARNING:
      return "warning";
    case G_LOG_LEVEL_MESSAGE:
      return "message";
    case G_LOG_LEVEL_INFO:
      return "info";
    default:
      return "debug";
    }
}

/* "LOBBY_CONNECTION" → "connection": those of lobby_log_event. */
static void
add_field (JsonObject *json,
           const GLogField *field)
{
  g_autofree char *name = NULL;
  g_autofree char *value = NULL;

  if (field->length >= 0 || !g_str_has_prefix (field->key, "LOBBY_") || strcmp (field->key, LOBBY_LOG_EVENT_FIELD) == 0)
    return;
  name = g_ascii_strdown (field->key + strlen ("LOBBY_"), -1);
  value = g_utf8_make_valid (field->value, -1);
  json_object_set_string_member (json, name, value);
}

static const char *
find_field (const GLogField *fields,
            gsize n_fields,
            const char *key)
{
  for (gsize i = 0; i < n_fields; i++)
    {
      if (strcmp (fields[i].key, key) == 0 && fields[i].length < 0)
        return fields[i].value;
    }
  return NULL;
}

/* What libraries tell only for their own authors may name addresses and more. */
static gboolean
is_chatter (GLogLevelFlags level,
            const GLogField *fields,
            gsize n_fields)
{
  const char *domain;

  if ((level & G_LOG_LEVEL_MASK) <= G_LOG_LEVEL_MESSAGE || find_field (fields, n_fields, LOBBY_LOG_EVENT_FIELD) != NULL)
    return FALSE;
  domain = find_field (fields, n_fields, "GLIB_DOMAIN");
  return domain == NULL || !g_str_has_prefix (domain, "lobby");
}

/* One write a line, so that lines of several threads do not mix. */
static void
write_json (GLogLevelFlags level,
            const GLogField *fields,
            gsize n_fields)
{
  g_autoptr (JsonObject) json = json_object_new ();
  g_autofree char *at = lobby_clock_format (lobby_clock_now ());
  const char *event = find_field (fields, n_fields, LOBBY_LOG_EVENT_FIELD);
  const char *message = event != NULL ? event : find_field (fields, n_fields, "MESSAGE");
  const char *domain = find_field (fields, n_fields, "GLIB_DOMAIN");
  g_autofree char *valid = g_utf8_make_valid (message != NULL ? message : "", -1);
  g_autofree char *text = NULL;
  g_autofree char *line = NULL;

  json_object_set_string_member (json, "at", at);
  json_object_set_string_member (json, "level", level_name (level));
  json_object_set_string_member (json, "domain", domain != NULL ? domain : "");
  json_object_set_string_member (json, "message", valid);
  for (gsize i = 0; i < n_fields; i++)
    add_field (json, &fields[i]);
  text = lobby_json_object_to_string (json);
  line = g_strconcat (text, "\n", NULL);
  if (write (STDERR_FILENO, line, strlen (line)) < 0)
    return; /* there is nowhere to tell it */
}

static GLogWriterOutput
write_log (GLogLevelFlags level,
           const GLogField *fields,
           gsize n_fields,
           gpointer data)
{
  if ((int)(level & G_LOG_LEVEL_MASK) > g_atomic_int_get (&most_verbose) || is_chatter (level, fields, n_fields))
    return G_LOG_WRITER_HANDLED;
  switch ((Format)g_atomic_int_get (&format))
    {
    case FORMAT_JSON:
      write_json (level, fields, n_fields);
      return G_LOG_WRITER_HANDLED;
    case FORMAT_TEXT:
      return g_log_writer_standard_streams (level, fields, n_fields, data);
    case FORMAT_AUTO:
    default:
      if (g_log_writer_is_journald (STDERR_FILENO) && g_log_writer_journald (level, fields, n_fields, data) == G_LOG_WRITER_HANDLED)
        return G_LOG_WRITER_HANDLED;
      return g_log_writer_standard_streams (level, fields, n_fields, data);
    }
}

void
lobby_log_writer_set (const char *level,
                      const char *new_format)
{
  static gsize installed;
  const struct
  {
    const char *name;
    GLogLevelFlags level;
  } levels[] = {
    { "warning", G_LOG_LEVEL_WARNING },
    { "message", G_LOG_LEVEL_MESSAGE },
    { "info", G_LOG_LEVEL_INFO },
    { "debug", G_LOG_LEVEL_DEBUG },
  };

  for (guint i = 0; i < G_N_ELEMENTS (levels); i++)
    {
      if (strcmp (levels[i].name, level) == 0)
        g_atomic_int_set (&most_verbose, (int)levels[i].level);
    }
  if (strcmp (new_format, "json") == 0)
    g_atomic_int_set (&format, FORMAT_JSON);
  else
    g_atomic_int_set (&format, strcmp (new_format, "text") == 0 ? FORMAT_TEXT : FORMAT_AUTO);
  if (g_once_init_enter (&installed))
    {
      g_log_writer_default_set_use_stderr (TRUE);
      g_log_set_writer_func (write_log, NULL, NULL);
      g_once_init_leave (&installed, 1);
    }
}
