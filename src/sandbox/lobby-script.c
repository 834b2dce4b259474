/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lobby-script.h"

#include <stdarg.h>
#include <string.h>

#define SCRIPT_MAX (4 * 1024 * 1024)

G_DEFINE_QUARK (lobby-script-error, lobby_script_error)

typedef struct
{
  const char *name;
  const char *media_folder;
  guint line;
  LobbyScript *script;
  LobbyRole *role; /* whose lines follow */
  GPtrArray *turn; /* that "also" adds to */
} Reader;

/* The kinds of speech: what they are called, and how many words divided by | they take. */
static const struct
{
  const char *name;
  guint least;
  guint most;
  gboolean file;
} kinds[] = {
  [LOBBY_SPEECH_TEXT] = { "text", 1, 1, FALSE },
  [LOBBY_SPEECH_IMAGE] = { "image", 1, 2, TRUE },
  [LOBBY_SPEECH_VIDEO] = { "video", 1, 2, TRUE },
  [LOBBY_SPEECH_AUDIO] = { "audio", 1, 1, TRUE },
  [LOBBY_SPEECH_VOICE] = { "voice", 1, 1, TRUE },
  [LOBBY_SPEECH_DOCUMENT] = { "document", 1, 3, TRUE },
  [LOBBY_SPEECH_STICKER] = { "sticker", 1, 1, TRUE },
  [LOBBY_SPEECH_LOCATION] = { "location", 1, 3, FALSE },
  [LOBBY_SPEECH_CONTACT] = { "contact", 2, 3, FALSE },
  [LOBBY_SPEECH_REACTION] = { "reaction", 1, 1, FALSE },
  [LOBBY_SPEECH_UNSUPPORTED] = { "unsupported", 1, 1, FALSE },
};

static void
speech_free (LobbySpeech *self)
{
  g_free (self->name);
  g_free (self->target);
  g_strfreev (self->words);
  g_free (self);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LobbySpeech, speech_free)

static void
role_free (LobbyRole *self)
{
  g_free (self->handle);
  g_free (self->name);
  g_free (self->wa_id);
  g_free (self->bsuid);
  g_free (self->username);
  g_free (self->portrait);
  g_ptr_array_unref (self->replies);
  g_ptr_array_unref (self->closings);
  g_ptr_array_unref (self->laters);
  g_free (self);
}

static void
cue_free (LobbyCue *self)
{
  speech_free (self->speech);
  g_free (self);
}

static gboolean G_GNUC_PRINTF (3, 4)
    complain (Reader *reader,
              GError **error,
              const char *format,
              ...)
{
  va_list arguments;
  g_autofree char *what = NULL;

  va_start (arguments, format);
  what = g_strdup_vprintf (format, arguments);
  va_end (arguments);
  g_set_error (error, LOBBY_SCRIPT_ERROR, LOBBY_SCRIPT_ERROR_BAD_LINE, "%s:%u: %s", reader->name, reader->line, what);
  return FALSE;
}

/* The next word of *@rest, which moves behind it; NULL at the end. */
static char *
next_word (char **rest)
{
  char *start = *rest + strspn (*rest, " \t");
  gsize length = strcspn (start, " \t");

  if (length == 0)
    return NULL;
  *rest = start + length;
  if (**rest)
    *(*rest)++ = 0;
  return start;
}

/* "1d2h", "90s", "1m30s", "500ms" → ms */
static gboolean
read_duration (const char *text,
               gint64 *msec)
{
  static const struct
  {
    const char *unit;
    gint64 msec;
  } units[] = { { "ms", 1 }, { "d", 24 * 3600 * 1000 }, { "h", 3600 * 1000 }, { "m", 60 * 1000 }, { "s", 1000 } };
  gint64 total = 0;

  if (!*text)
    return FALSE;
  while (*text)
    {
      char *end;
      guint64 number = g_ascii_strtoull (text, &end, 10);
      guint unit = 0;

      if (end == text || !g_ascii_isdigit (*text) || number > 1000000)
        return FALSE;
      while (unit < G_N_ELEMENTS (units) && !g_str_has_prefix (end, units[unit].unit))
        unit++;
      if (unit == G_N_ELEMENTS (units))
        return FALSE;
      total += (gint64)number * units[unit].msec;
      text = end + strlen (units[unit].unit);
    }
  *msec = total;
  return TRUE;
}

static char **
split_words (const char *rest)
{
  g_autofree char *unescaped = NULL;
  char **words;
  g_autoptr (GString) lines = g_string_new (rest);

  g_string_replace (lines, "\\n", "\n", 0);
  unescaped = g_string_free (g_steal_pointer (&lines), FALSE);
  words = g_strsplit (unescaped, "|", -1);
  for (guint i = 0; words[i]; i++)
    g_strstrip (words[i]);
  return words;
}

static gboolean
check_file (Reader *reader,
            const char *file,
            GError **error)
{
  g_autofree char *path = NULL;

  if (strchr (file, '/'))
    return complain (reader, error, "“%s” has to be the bare name of a file", file);
  if (!reader->media_folder)
    return TRUE;
  path = g_build_filename (reader->media_folder, file, NULL);
  if (!g_file_test (path, G_FILE_TEST_IS_REGULAR))
    return complain (reader, error, "There is no file “%s”", path);
  return TRUE;
}

static gboolean
read_coordinates (Reader *reader,
                  LobbySpeech *speech,
                  GError **error)
{
  const char *text = speech->words[0];
  char *end;

  speech->latitude = g_ascii_strtod (text, &end);
  if (end == text || !strchr (" ,\t", *end) || !*end)
    return complain (reader, error, "A location needs latitude and longitude");
  text = end + strspn (end, " ,\t");
  speech->longitude = g_ascii_strtod (text, &end);
  if (end == text || *end)
    return complain (reader, error, "A location needs latitude and longitude");
  if (!(ABS (speech->latitude) <= 90 && ABS (speech->longitude) <= 180))
    return complain (reader, error, "There is no such place on Earth");
  return TRUE;
}

static gboolean
check_speech (Reader *reader,
              LobbySpeech *speech,
              GError **error)
{
  const char *kind = kinds[speech->kind].name;
  guint count = g_strv_length (speech->words);

  if (count < kinds[speech->kind].least || !*speech->words[0])
    return complain (reader, error, "%s needs %s", kind, kinds[speech->kind].least > 1 ? "more, divided by |" : "something to say");
  if (count > kinds[speech->kind].most)
    return complain (reader, error, "%s takes at most %u parts divided by |", kind, kinds[speech->kind].most);
  if (kinds[speech->kind].file && !check_file (reader, speech->words[0], error))
    return FALSE;
  if (speech->kind == LOBBY_SPEECH_LOCATION)
    return read_coordinates (reader, speech, error);
  if (speech->kind == LOBBY_SPEECH_REACTION && !speech->target)
    speech->target = g_strdup ("last");
  return TRUE;
}

/* [as NAME] [to NAME] KIND REST */
static LobbySpeech *
read_speech (Reader *reader,
             char *rest,
             GError **error)
{
  g_autoptr (LobbySpeech) speech = g_new0 (LobbySpeech, 1);
  char *word = next_word (&rest);
  guint kind = 0;

  for (char **field; word; word = next_word (&rest))
    {
      const char *name;

      if (g_str_equal (word, "as"))
        field = &speech->name;
      else if (g_str_equal (word, "to"))
        field = &speech->target;
      else
        break;
      name = next_word (&rest);
      if (!name)
        {
          complain (reader, error, "“%s” needs a name", word);
          return NULL;
        }
      g_set_str (field, name);
    }
  while (word && kind < G_N_ELEMENTS (kinds) && !g_str_equal (kinds[kind].name, word))
    kind++;
  if (!word || kind == G_N_ELEMENTS (kinds))
    {
      complain (reader, error, word ? "There is no kind of message “%s”" : "What is said?%s", word ? word : "");
      return NULL;
    }
  speech->kind = kind;
  /* "a | b" in a text is just text. */
  if (kind == LOBBY_SPEECH_TEXT)
    {
      g_autoptr (GString) text = g_string_new (g_strstrip (rest));

      g_string_replace (text, "\\n", "\n", 0);
      speech->words = g_new0 (char *, 2);
      speech->words[0] = g_string_free (g_steal_pointer (&text), FALSE);
    }
  else
    speech->words = split_words (rest);
  return check_speech (reader, speech, error) ? g_steal_pointer (&speech) : NULL;
}

static LobbyRole *
find_role (LobbyScript *script,
           const char *handle)
{
  for (guint i = 0; i < script->roles->len; i++)
    {
      LobbyRole *role = g_ptr_array_index (script->roles, i);

      if (g_str_equal (role->handle, handle))
        return role;
    }
  return NULL;
}

static GPtrArray *
turns_new (void)
{
  return g_ptr_array_new_with_free_func ((GDestroyNotify)g_ptr_array_unref);
}

static gboolean
finish_role (Reader *reader,
             GError **error)
{
  LobbyRole *role = reader->role;
  guint line = reader->line;

  reader->role = NULL;
  reader->turn = NULL;
  if (!role)
    return TRUE;
  reader->line = role->line;
  if (!role->name)
    return complain (reader, error, "Customer “%s” has no name", role->handle);
  if (!role->wa_id && !role->bsuid)
    return complain (reader, error, "Customer “%s” has neither number nor bsuid", role->handle);
  reader->line = line;
  return TRUE;
}

static gboolean
begin_role (Reader *reader,
            char *rest,
            GError **error)
{
  const char *handle = next_word (&rest);
  LobbyRole *role;

  if (!finish_role (reader, error))
    return FALSE;
  if (!handle)
    return complain (reader, error, "A customer needs a word to be called by");
  if (find_role (reader->script, handle))
    return complain (reader, error, "There already is a customer “%s”", handle);
  role = g_new0 (LobbyRole, 1);
  role->handle = g_strdup (handle);
  role->reads[0] = 2000;
  role->reads[1] = 9000;
  role->answers[0] = 2000;
  role->answers[1] = 6000;
  role->replies = turns_new ();
  role->closings = turns_new ();
  role->laters = turns_new ();
  role->line = reader->line;
  g_ptr_array_add (reader->script->roles, role);
  reader->role = role;
  return TRUE;
}

static gboolean
read_number (Reader *reader,
             const char *text,
             GError **error)
{
  g_autoptr (GString) digits = g_string_new (NULL);

  for (const char *p = text; *p; p++)
    if (g_ascii_isdigit (*p))
      g_string_append_c (digits, *p);
    else if (!strchr ("+ -()", *p))
      return complain (reader, error, "“%s” is no phone number", text);
  if (digits->len < 7 || digits->len > 15 || *text != '+')
    return complain (reader, error, "“%s” is no phone number: it has to begin with + and the country", text);
  for (guint i = 0; i < reader->script->roles->len; i++)
    if (g_strcmp0 (((LobbyRole *)g_ptr_array_index (reader->script->roles, i))->wa_id, digits->str) == 0)
      return complain (reader, error, "%s is somebody else's number", text);
  g_set_str (&reader->role->wa_id, digits->str);
  return TRUE;
}

static gboolean
read_range (Reader *reader,
            char *rest,
            gint64 range[2],
            GError **error)
{
  const char *least = next_word (&rest);
  const char *most = next_word (&rest);

  if (least && g_str_equal (least, "never") && !most)
    {
      range[0] = range[1] = -1;
      return TRUE;
    }
  if (!least || !read_duration (least, &range[0]) || !read_duration (most ? most : least, &range[1]) || range[1] < range[0] || next_word (&rest))
    return complain (reader, error, "A time or two are needed here, as “3s 10s”, or “never”");
  return TRUE;
}

static gboolean
read_turn (Reader *reader,
           GPtrArray *turns,
           char *rest,
           GError **error)
{
  LobbySpeech *speech = read_speech (reader, rest, error);

  if (!speech)
    return FALSE;
  if (turns)
    {
      reader->turn = g_ptr_array_new_with_free_func ((GDestroyNotify)speech_free);
      g_ptr_array_add (turns, reader->turn);
    }
  g_ptr_array_add (reader->turn, speech);
  return TRUE;
}

static gboolean
read_role_line (Reader *reader,
                const char *word,
                char *rest,
                GError **error)
{
  LobbyRole *role = reader->role;
  const char *text = g_strstrip (rest);

  if (g_str_equal (word, "reply"))
    return read_turn (reader, role->replies, rest, error);
  if (g_str_equal (word, "closing"))
    return read_turn (reader, role->closings, rest, error);
  if (g_str_equal (word, "later"))
    return read_turn (reader, role->laters, rest, error);
  if (g_str_equal (word, "also"))
    return reader->turn ? read_turn (reader, NULL, rest, error) : complain (reader, error, "“also” comes after reply, closing or later");
  reader->turn = NULL;
  if (g_str_equal (word, "reads"))
    return read_range (reader, rest, role->reads, error);
  if (g_str_equal (word, "answers"))
    return read_range (reader, rest, role->answers, error);
  if (!*text)
    return complain (reader, error, "“%s” needs something behind it", word);
  if (g_str_equal (word, "number"))
    return read_number (reader, text, error);
  if (g_str_equal (word, "name"))
    g_set_str (&role->name, text);
  else if (g_str_equal (word, "bsuid"))
    g_set_str (&role->bsuid, text);
  else if (g_str_equal (word, "username"))
    g_set_str (&role->username, text);
  else if (g_str_equal (word, "portrait"))
    {
      g_set_str (&role->portrait, text);
      return check_file (reader, text, error);
    }
  else
    return complain (reader, error, "A customer has no “%s”", word);
  return TRUE;
}

/* ago TIME WHO SPEECH, at TIME WHO SPEECH */
static gboolean
read_cue (Reader *reader,
          gboolean before,
          char *rest,
          GError **error)
{
  const char *time = next_word (&rest);
  const char *who = next_word (&rest);
  LobbyCue *cue;
  LobbyRole *role;
  LobbySpeech *speech;
  gint64 msec;

  if (!finish_role (reader, error))
    return FALSE;
  if (!time || !read_duration (time, &msec))
    return complain (reader, error, "“%s” is no time; write 20h, 1m30s, 45s", time ? time : "");
  role = who ? find_role (reader->script, who) : NULL;
  if (!role)
    return complain (reader, error, "There is no customer “%s”", who ? who : "");
  speech = read_speech (reader, rest, error);
  if (!speech)
    return FALSE;
  cue = g_new0 (LobbyCue, 1);
  cue->before = before;
  cue->msec = msec;
  cue->role = role;
  cue->speech = speech;
  g_ptr_array_add (reader->script->cues, cue);
  return TRUE;
}

static gboolean
read_line (Reader *reader,
           char *line,
           GError **error)
{
  char *rest = line;
  const char *word;

  if (!g_utf8_validate (line, -1, NULL))
    return complain (reader, error, "The text is not UTF-8");
  word = next_word (&rest);
  if (!word || *word == '#')
    return TRUE;
  if (g_str_equal (word, "customer"))
    return begin_role (reader, rest, error);
  if (g_str_equal (word, "ago") || g_str_equal (word, "at"))
    return read_cue (reader, g_str_equal (word, "ago"), rest, error);
  if (g_str_equal (word, "shop"))
    {
      g_set_str (&reader->script->shop, g_strstrip (rest));
      return finish_role (reader, error);
    }
  if (!reader->role)
    return complain (reader, error, "“%s” is neither customer, ago, at nor shop", word);
  return read_role_line (reader, word, rest, error);
}

static int
cue_compare (gconstpointer a,
             gconstpointer b)
{
  const LobbyCue *left = *(LobbyCue *const *)a, *right = *(LobbyCue *const *)b;
  gint64 left_time = left->before ? -left->msec : left->msec + 1;
  gint64 right_time = right->before ? -right->msec : right->msec + 1;

  return left_time < right_time ? -1 : left_time > right_time;
}

LobbyScript *
lobby_script_parse (const char *text,
                    const char *name,
                    const char *media_folder,
                    GError **error)
{
  g_autoptr (LobbyScript) script = g_new0 (LobbyScript, 1);
  g_auto (GStrv) lines = g_strsplit (text, "\n", -1);
  Reader reader = { .name = name, .media_folder = media_folder, .script = script };

  script->roles = g_ptr_array_new_with_free_func ((GDestroyNotify)role_free);
  script->cues = g_ptr_array_new_with_free_func ((GDestroyNotify)cue_free);
  for (guint i = 0; lines[i]; i++)
    {
      reader.line = i + 1;
      if (!read_line (&reader, g_strchomp (lines[i]), error))
        return NULL;
    }
  if (!finish_role (&reader, error))
    return NULL;
  /* Stable: lines of one moment keep the order of the file. */
  g_ptr_array_sort (script->cues, cue_compare);
  return g_steal_pointer (&script);
}

LobbyScript *
lobby_script_load (const char *path,
                   const char *media_folder,
                   GError **error)
{
  g_autofree char *text = NULL;
  g_autofree char *name = g_path_get_basename (path);
  g_autoptr (GError) problem = NULL;
  gsize length;

  if (!g_file_get_contents (path, &text, &length, &problem) || length > SCRIPT_MAX)
    {
      g_set_error (error, LOBBY_SCRIPT_ERROR, LOBBY_SCRIPT_ERROR_UNREADABLE, "%s",
                   problem ? problem->message : "The script is too long");
      return NULL;
    }
  return lobby_script_parse (text, name, media_folder, error);
}

void
lobby_script_free (LobbyScript *self)
{
  g_free (self->shop);
  g_clear_pointer (&self->cues, g_ptr_array_unref);
  g_clear_pointer (&self->roles, g_ptr_array_unref);
  g_free (self);
}
