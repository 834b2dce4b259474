/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lobby-message-words.h"

#include <glib/gi18n-lib.h>
#include <gtk/gtk.h>
#include <string.h>

#include "lobby-markup.h"
#include "lobby-message-extra.h"

/* Letters of a quote that a screen reader says. */
#define QUOTE_LENGTH 60

char *
lobby_words_left_to_right (const char *digits)
{
  /* Digits and spaces have no direction of their own: within an isolate they have one, and what stands around keeps its. */
  if (digits != NULL && gtk_widget_get_default_direction () == GTK_TEXT_DIR_RTL)
    return g_strconcat ("\u2066", digits, "\u2069", NULL);

  return g_strdup (digits);
}

char *
lobby_words_number (const char *number)
{
  g_autofree char *formatted = number != NULL && number[0] != '\0' ? lobby_phone_number_format (number) : NULL;

  return lobby_words_left_to_right (formatted);
}

char *
lobby_words_customer (LobbyContact *contact)
{
  const char *name = lobby_contact_get_name (contact);
  char *number = name == NULL || name[0] == '\0' ? lobby_words_number (lobby_contact_get_phone_number (contact)) : NULL;

  return number != NULL ? number : g_strdup (lobby_contact_get_display_name (contact));
}

static char *
format_time (gint64 msec,
             const char *format)
{
  g_autoptr (GDateTime) time = g_date_time_new_from_unix_local (msec / 1000);

  return time != NULL ? g_date_time_format (time, format) : g_strdup ("");
}

char *
lobby_words_time (gint64 msec)
{
  return format_time (msec, _ ("%H:%M"));
}

char *
lobby_words_exact_time (gint64 msec)
{
  /* Translators: an exact time, see g_date_time_format() */
  return format_time (msec, _ ("%A, %-d %B %Y, %H:%M:%S"));
}

static int
day_number (GDateTime *time)
{
  GDate date;

  g_date_clear (&date, 1);
  g_date_set_dmy (&date, g_date_time_get_day_of_month (time), g_date_time_get_month (time), g_date_time_get_year (time));
  return g_date_get_julian (&date);
}

char *
lobby_words_day (gint64 msec,
                 gint64 now)
{
  g_autoptr (GDateTime) then = g_date_time_new_from_unix_local (msec / 1000);
  g_autoptr (GDateTime) today = g_date_time_new_from_unix_local (now / 1000);
  int days;

  if (then == NULL || today == NULL)
    return g_strdup ("");
  days = day_number (today) - day_number (then);
  if (days == 0)
    return g_strdup (_ ("Today"));
  if (days == 1)
    return g_strdup (_ ("Yesterday"));
  if (days > 1 && days < 7)
    return g_date_time_format (then, "%A");
  if (g_date_time_get_year (then) == g_date_time_get_year (today))
    /* Translators: a day of this year */
    return g_date_time_format (then, _ ("%-d %B"));
  return g_date_time_format (then, _ ("%-d %B %Y"));
}

char *
lobby_words_unread (guint count)
{
  return g_strdup_printf (ngettext ("%u unread message", "%u unread messages", count), count);
}

char *
lobby_words_failure (const LobbyMessageRecord *record)
{
  if (record->error_text != NULL && record->error_text[0] != '\0')
    return g_strdup_printf (_ ("Not sent: %s"), record->error_text);
  if (record->error_code != 0)
    return g_strdup_printf (_ ("Not sent (error %d)"), record->error_code);
  return g_strdup (_ ("Not sent"));
}

static void
add_state (GString *lines,
           const char *name,
           gint64 at)
{
  g_autofree char *time = NULL;

  if (at == 0)
    return;
  time = format_time (at, _ ("%-d %B, %H:%M:%S"));
  g_string_append_printf (lines, "%s%s %s", lines->len > 0 ? "\n" : "", name, time);
}

char *
lobby_words_status (LobbyMessage *message)
{
  const LobbyMessageRecord *record = lobby_message_get_record (message);
  g_autoptr (GString) lines = g_string_new (NULL);
  g_autofree char *failure = NULL;

  if (record->status == LOBBY_MODEL_STATUS_PENDING)
    return g_strdup (record->id == NULL ? _ ("Waiting to be sent") : _ ("On its way to WhatsApp"));
  add_state (lines, _ ("Sent"), record->sent_time ? record->sent_time : record->sent_at);
  add_state (lines, _ ("Delivered"), record->delivered_time);
  add_state (lines, _ ("Read"), record->read_time);
  add_state (lines, _ ("Played"), record->played_time);
  if (record->status == LOBBY_MODEL_STATUS_FAILED)
    {
      failure = lobby_words_failure (record);
      g_string_assign (lines, failure);
      add_state (lines, _ ("Failed"), record->failed_time);
    }
  else if (record->status == LOBBY_MODEL_STATUS_DELIVERED)
    {
      g_string_append_printf (lines, "\n%s", _ ("Stays like this when the customer does not share read receipts"));
    }
  return g_string_free (g_steal_pointer (&lines), FALSE);
}

const char *
lobby_words_status_name (LobbyMessage *message)
{
  if (!lobby_message_is_outbound (message))
    return NULL;
  switch (lobby_message_get_status (message))
    {
    case LOBBY_MODEL_STATUS_PENDING:
      return _ ("waiting");
    case LOBBY_MODEL_STATUS_SENT:
      return _ ("sent");
    case LOBBY_MODEL_STATUS_DELIVERED:
      return _ ("delivered");
    case LOBBY_MODEL_STATUS_READ:
      return _ ("read");
    case LOBBY_MODEL_STATUS_PLAYED:
      return _ ("played");
    case LOBBY_MODEL_STATUS_FAILED:
      return _ ("not sent");
    default:
      return NULL;
    }
}

const char *
lobby_words_type (LobbyModelType type)
{
  switch (type)
    {
    case LOBBY_MODEL_IMAGE:
      return _ ("Photo");
    case LOBBY_MODEL_VIDEO:
      return _ ("Video");
    case LOBBY_MODEL_AUDIO:
      return _ ("Audio");
    case LOBBY_MODEL_VOICE:
      return _ ("Voice message");
    case LOBBY_MODEL_DOCUMENT:
      return _ ("Document");
    case LOBBY_MODEL_STICKER:
      return _ ("Sticker");
    case LOBBY_MODEL_LOCATION:
      return _ ("Location");
    case LOBBY_MODEL_CONTACTS:
      return _ ("Contact");
    case LOBBY_MODEL_TEMPLATE:
      return _ ("Template");
    case LOBBY_MODEL_REACTION:
      return _ ("Reaction");
    case LOBBY_MODEL_NOTE:
      return _ ("Internal note");
    case LOBBY_MODEL_INTERACTIVE:
      return _ ("Interactive message");
    case LOBBY_MODEL_ORDER:
      return _ ("Order");
    case LOBBY_MODEL_CALL:
      return _ ("Call");
    case LOBBY_MODEL_UNSUPPORTED:
      return _ ("Unsupported message");
    case LOBBY_MODEL_TEXT:
    case LOBBY_MODEL_SYSTEM:
    default:
      return NULL;
    }
}

char *
lobby_words_duration (int msec)
{
  int seconds = MAX (0, msec + 500) / 1000;

  if (seconds >= 3600)
    return g_strdup_printf ("%d:%02d:%02d", seconds / 3600, seconds / 60 % 60, seconds % 60);
  return g_strdup_printf ("%d:%02d", seconds / 60, seconds % 60);
}

/* The beginning of what is answered: the answer itself should not be long in coming. */
static void
add_quote (GString *words,
           const LobbyMessageRecord *record)
{
  g_autofree char *quote = NULL;
  glong length;

  if (record->quoted_text == NULL)
    return;
  quote = lobby_words_quote (record);
  length = g_utf8_strlen (quote, -1);
  if (length > QUOTE_LENGTH)
    *g_utf8_offset_to_pointer (quote, QUOTE_LENGTH) = '\0';
  g_string_append_printf (words, _ (", in reply to “%s%s”"), quote, length > QUOTE_LENGTH ? "…" : "");
}

static void
add_state_words (GString *words,
                 LobbyMessage *message)
{
  const char *status = lobby_words_status_name (message);
  const char *reactions = lobby_message_get_reactions (message);
  g_autofree char *failure = NULL;

  if (reactions[0] != '\0')
    g_string_append_printf (words, _ (", reactions %s"), reactions);
  if (status == NULL)
    return;
  if (lobby_message_get_status (message) == LOBBY_MODEL_STATUS_FAILED)
    failure = lobby_words_failure (lobby_message_get_record (message));
  g_string_append_printf (words, ", %s", failure != NULL ? failure : status);
}

char *
lobby_words_whole (LobbyMessage *message,
                   const char *author)
{
  const LobbyMessageRecord *record = lobby_message_get_record (message);
  g_autoptr (GString) words = g_string_new (author);
  g_autofree char *time = lobby_words_time (record->sent_at);
  g_autoptr (JsonObject) extra = lobby_message_extra_read (record);
  g_autofree char *instead = lobby_message_extra_words (record, extra);
  g_autofree char *details = lobby_message_extra_details (extra);
  g_autofree char *text = instead != NULL ? g_strdup (instead) : lobby_markup_strip (lobby_message_get_content (message));
  const char *heading = lobby_message_extra_heading (extra);
  const char *icon_name;
  const char *mark = lobby_message_extra_mark (extra, &icon_name);
  const char *type = instead == NULL ? lobby_words_type (record->type) : NULL;

  add_quote (words, record);
  if (mark != NULL)
    g_string_append_printf (words, ", %s", mark);
  if (type != NULL)
    g_string_append_printf (words, ", %s", type);
  if (record->file_name != NULL)
    g_string_append_printf (words, ", %s", record->file_name);
  if (record->duration > 0)
    {
      g_autofree char *duration = lobby_words_duration (record->duration);

      g_string_append_printf (words, ", %s", duration);
    }
  if (heading != NULL)
    g_string_append_printf (words, ": %s", heading);
  if (text[0] != '\0')
    g_string_append_printf (words, "%s %s", heading != NULL ? "," : ":", text);
  if (details != NULL)
    g_string_append_printf (words, "%s %s", text[0] != '\0' ? "," : ":", details);
  if (lobby_message_extra_is_edited (extra))
    g_string_append_printf (words, ", %s", _ ("edited"));
  g_string_append_printf (words, ", %s", time);
  add_state_words (words, message);
  return g_string_free (g_steal_pointer (&words), FALSE);
}

char *
lobby_words_quote (const LobbyMessageRecord *record)
{
  const char *type = lobby_words_type (record->quoted_type);

  if (record->quoted_text != NULL && record->quoted_text[0] != '\0')
    return lobby_markup_strip (record->quoted_text);
  return g_strdup (type != NULL ? type : _ ("Message"));
}

const char *
lobby_words_file_icon (const LobbyMessageRecord *record)
{
  const char *mime = record->mime_type ? record->mime_type : "";

  switch ((int)record->type)
    {
    case LOBBY_MODEL_VIDEO:
      return "video-x-generic-symbolic";
    case LOBBY_MODEL_AUDIO:
    case LOBBY_MODEL_VOICE:
      return "audio-x-generic-symbolic";
    case LOBBY_MODEL_IMAGE:
    case LOBBY_MODEL_STICKER:
      return "image-x-generic-symbolic";
    case LOBBY_MODEL_LOCATION:
      return "mark-location-symbolic";
    case LOBBY_MODEL_CONTACTS:
      return "avatar-default-symbolic";
    default:
      break;
    }
  if (strstr (mime, "zip") != NULL || strstr (mime, "compressed") != NULL)
    return "package-x-generic-symbolic";
  if (strstr (mime, "spreadsheet") != NULL || strstr (mime, "excel") != NULL || strstr (mime, "csv") != NULL)
    return "x-office-spreadsheet-symbolic";
  if (strstr (mime, "presentation") != NULL || strstr (mime, "powerpoint") != NULL)
    return "x-office-presentation-symbolic";
  if (g_str_has_prefix (mime, "text/"))
    return "text-x-generic-symbolic";
  return "x-office-document-symbolic";
}

/* "application/pdf" → "PDF"; the name's ending when it says more. */
static char *
describe_kind (const LobbyMessageRecord *record)
{
  const char *dot = record->file_name != NULL ? strrchr (record->file_name, '.') : NULL;
  const char *slash = record->mime_type != NULL ? strchr (record->mime_type, '/') : NULL;
  g_autofree char *kind = NULL;

  if (dot != NULL && strlen (dot) > 1 && strlen (dot) <= 6)
    return g_utf8_strup (dot + 1, -1);
  if (slash == NULL)
    return g_strdup (lobby_words_type (record->type) ? lobby_words_type (record->type) : _ ("File"));
  kind = g_strndup (slash + 1, strcspn (slash + 1, ";+."));
  return strlen (kind) <= 5 ? g_utf8_strup (kind, -1) : g_strdup (lobby_words_type (record->type) ? lobby_words_type (record->type) : _ ("File"));
}

char *
lobby_words_file (const LobbyMessageRecord *record)
{
  g_autofree char *kind = describe_kind (record);
  g_autofree char *size = record->file_size > 0 ? g_format_size (record->file_size) : NULL;
  g_autofree char *duration = record->duration > 0 ? lobby_words_duration (record->duration) : NULL;
  const char *parts[4] = { NULL };
  int n = 0;

  if (duration != NULL)
    parts[n++] = duration;
  parts[n++] = kind;
  if (size != NULL)
    parts[n++] = size;
  return g_strjoinv (" · ", (char **)parts);
}
