/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lobby-preview.h"

#include <string.h>

#include <glib/gi18n.h>

#include "lobby-markup.h"
#include "lobby-message-extra.h"

/* No row is wider than this many bytes of text. */
#define PREVIEW_BYTES 400

/* White space and control characters become single spaces; none at the ends. */
static char *
fold (const char *text)
{
  g_autoptr (GString) out = g_string_sized_new (strlen (text));
  gboolean space = FALSE;

  for (const char *p = text; *p != '\0'; p = g_utf8_next_char (p))
    {
      gunichar c = g_utf8_get_char (p);

      if (g_unichar_isspace (c) || g_unichar_iscntrl (c))
        {
          space = out->len > 0;
          continue;
        }
      if (space)
        g_string_append_c (out, ' ');
      space = FALSE;
      g_string_append_unichar (out, c);
    }

  return g_string_free (g_steal_pointer (&out), FALSE);
}

char *
lobby_preview_strip (const char *text)
{
  g_autofree char *head = g_strndup (text, PREVIEW_BYTES);
  g_autofree char *plain = NULL;
  const char *end;

  /* Cut in the middle of a character: leave the broken one out. */
  if (strlen (text) > PREVIEW_BYTES && !g_utf8_validate (head, -1, &end))
    head[end - head] = '\0';
  plain = lobby_markup_strip (head);

  return fold (plain);
}

static char *
format_duration (int msec)
{
  int seconds = (msec + 500) / 1000;

  return g_strdup_printf ("%d:%02d", seconds / 60, seconds % 60);
}

/* The icon of a kind and the words for one that has no text; both NULL for plain text. */
static void
describe_type (LobbyModelType type,
               const char **icon_name,
               const char **words)
{
  static const struct
  {
    const char *icon_name;
    const char *words;
  } kinds[] = {
    [LOBBY_MODEL_TEXT] = { NULL, NULL },
    [LOBBY_MODEL_IMAGE] = { "image-x-generic-symbolic", N_ ("Photo") },
    [LOBBY_MODEL_VIDEO] = { "camera-video-symbolic", N_ ("Video") },
    [LOBBY_MODEL_AUDIO] = { "audio-x-generic-symbolic", N_ ("Audio") },
    [LOBBY_MODEL_VOICE] = { "lobby-voice-symbolic", N_ ("Voice message") },
    [LOBBY_MODEL_DOCUMENT] = { "text-x-generic-symbolic", N_ ("Document") },
    [LOBBY_MODEL_STICKER] = { "lobby-sticker-symbolic", N_ ("Sticker") },
    [LOBBY_MODEL_LOCATION] = { "mark-location-symbolic", N_ ("Location") },
    [LOBBY_MODEL_CONTACTS] = { "avatar-default-symbolic", N_ ("Contact") },
    [LOBBY_MODEL_TEMPLATE] = { NULL, N_ ("Template") },
    [LOBBY_MODEL_REACTION] = { NULL, NULL },
    [LOBBY_MODEL_SYSTEM] = { "dialog-information-symbolic", N_ ("Notice") },
    [LOBBY_MODEL_NOTE] = { "document-edit-symbolic", N_ ("Note") },
    [LOBBY_MODEL_INTERACTIVE] = { NULL, N_ ("Choice") },
    [LOBBY_MODEL_ORDER] = { "package-x-generic-symbolic", N_ ("Order") },
    [LOBBY_MODEL_CALL] = { "call-start-symbolic", N_ ("Call") },
    [LOBBY_MODEL_UNSUPPORTED] = { "dialog-question-symbolic", N_ ("A kind of message that cannot be shown") },
  };

  *icon_name = NULL;
  *words = NULL;
  if ((guint)type < G_N_ELEMENTS (kinds))
    {
      *icon_name = kinds[type].icon_name;
      *words = kinds[type].words != NULL ? _ (kinds[type].words) : NULL;
    }
}

char *
lobby_preview_of (LobbyModelType type,
                  const char *text,
                  const char **icon_name)
{
  g_autofree char *stripped = lobby_preview_strip (text != NULL ? text : "");
  const char *icon;
  const char *words;

  describe_type (type, &icon, &words);
  if (icon_name != NULL)
    *icon_name = icon;

  if (stripped[0] != '\0' || words == NULL)
    return g_steal_pointer (&stripped);

  return g_strdup (words);
}

static char *
reaction_text (LobbyMessage *message)
{
  const char *emoji = lobby_message_get_content (message);
  gboolean ours = lobby_message_is_outbound (message);

  if (emoji[0] == '\0')
    return g_strdup (ours ? _ ("You took a reaction back") : _ ("Took a reaction back"));

  return g_strdup_printf (ours ? _ ("You reacted %s") : _ ("Reacted %s"), emoji);
}

char *
lobby_preview_text (LobbyMessage *message,
                    const char **icon_name)
{
  const LobbyMessageRecord *record = lobby_message_get_record (message);
  LobbyModelType type = lobby_message_get_message_type (message);
  const char *text = lobby_message_get_content (message);
  g_autofree char *result = lobby_preview_of (type, text, icon_name);
  g_autoptr (JsonObject) extra = lobby_message_extra_read (record);
  g_autofree char *instead = lobby_message_extra_words (record, extra);

  /* Nothing of its kind is left of it. */
  if (icon_name != NULL && lobby_message_extra_is_revoked (extra))
    *icon_name = NULL;
  if (instead != NULL)
    return lobby_preview_strip (instead);

  switch (type)
    {
    case LOBBY_MODEL_VOICE:
      return record->duration > 0 ? format_duration (record->duration) : g_steal_pointer (&result);

    case LOBBY_MODEL_DOCUMENT:
    case LOBBY_MODEL_AUDIO:
      if (text[0] == '\0' && record->file_name != NULL && record->file_name[0] != '\0')
        return lobby_preview_strip (record->file_name);
      return g_steal_pointer (&result);

    case LOBBY_MODEL_REACTION:
      return reaction_text (message);

    default:
      return g_steal_pointer (&result);
    }
}

char *
lobby_preview_in_words (LobbyMessage *message)
{
  const LobbyMessageRecord *record = lobby_message_get_record (message);
  g_autoptr (JsonObject) extra = lobby_message_extra_read (record);
  g_autofree char *instead = lobby_message_extra_words (record, extra);
  g_autofree char *text = lobby_preview_text (message, NULL);
  const char *icon_name;
  const char *words;

  describe_type (lobby_message_get_message_type (message), &icon_name, &words);
  if (instead != NULL || icon_name == NULL || words == NULL || g_str_equal (words, text))
    return g_steal_pointer (&text);

  /* Translators: a kind of message and what is in it: "Photo: The cake from Saturday", "Voice message: 0:12" */
  return g_strdup_printf (_ ("%s: %s"), words, text);
}

char *
lobby_preview_author (LobbyMessage *message,
                      LobbyAccount *account)
{
  const char *agent_id = lobby_message_get_agent_id (message);
  g_autofree char *own_id = NULL;

  if (!lobby_message_is_outbound (message))
    return NULL;

  /* One that waits in this machine's outbox has no agent yet. */
  if (agent_id == NULL)
    return lobby_message_get_id (message) == NULL ? g_strdup (_ ("You")) : NULL;

  g_object_get (account, "agent-id", &own_id, NULL);
  if (g_strcmp0 (agent_id, own_id) == 0)
    return g_strdup (_ ("You"));

  return g_strdup (lobby_account_get_agent_label (account, agent_id));
}

const char *
lobby_preview_tick (LobbyModelStatus status,
                    const char **description)
{
  switch (status)
    {
    case LOBBY_MODEL_STATUS_PENDING:
      *description = _ ("Waiting to be sent");
      return "lobby-pending-symbolic";

    case LOBBY_MODEL_STATUS_SENT:
      *description = _ ("Sent");
      return "lobby-sent-symbolic";

    case LOBBY_MODEL_STATUS_DELIVERED:
      *description = _ ("Delivered");
      return "lobby-delivered-symbolic";

    case LOBBY_MODEL_STATUS_READ:
      *description = _ ("Read");
      return "lobby-delivered-symbolic";

    case LOBBY_MODEL_STATUS_PLAYED:
      *description = _ ("Played");
      return "lobby-voice-symbolic";

    case LOBBY_MODEL_STATUS_FAILED:
      *description = _ ("Not sent");
      return "dialog-warning-symbolic";

    default:
      *description = NULL;
      return NULL;
    }
}
