/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lobby-markup.h"

#include <string.h>

#define MAX_LINK_BYTES 2048
#define MAX_DEPTH 6

static const char mark_letters[] = "*_~";
#define N_MARKS 3

typedef struct
{
  GString *out;
  gboolean plain; /* strip instead of mark up */
} Writer;

static void
write_tag (Writer *writer,
           const char *tag)
{
  if (!writer->plain)
    g_string_append (writer->out, tag);
}

static void
write_text (Writer *writer,
            const char *text,
            gsize length)
{
  g_autofree char *escaped = NULL;

  if (writer->plain)
    {
      g_string_append_len (writer->out, text, length);
      return;
    }
  escaped = g_markup_escape_text (text, length);
  g_string_append (writer->out, escaped);
}

/* Valid UTF-8 without the control characters that markup cannot carry. */
static char *
clean (const char *text)
{
  g_autofree char *valid = g_utf8_make_valid (text, -1);
  g_autoptr (GString) out = g_string_sized_new (strlen (valid));

  for (const char *c = valid; *c != '\0'; c = g_utf8_next_char (c))
    {
      gunichar letter = g_utf8_get_char (c);

      if (letter == '\n' || letter == '\t' || (!g_unichar_iscntrl (letter) && letter != 0xfffe && letter != 0xffff && letter != 0xfffc))
        g_string_append_len (out, c, g_utf8_next_char (c) - c);
    }
  return g_string_free (g_steal_pointer (&out), FALSE);
}

static gboolean
is_word_at (const char *c)
{
  return *c != '\0' && g_unichar_isalnum (g_utf8_get_char (c));
}

static gboolean
is_word_before (const char *begin,
                const char *c)
{
  return c > begin && g_unichar_isalnum (g_utf8_get_char (g_utf8_find_prev_char (begin, c)));
}

static gboolean
is_space_at (const char *c)
{
  return g_unichar_isspace (g_utf8_get_char (c));
}

/* Links */

/* Whitespace, quotes and angle brackets end a link; so do characters that only make sense after it. */
static const char *
find_link_end (const char *c,
               const char *end)
{
  const char *last = c;
  int open = 0;

  while (c < end && c - last < MAX_LINK_BYTES)
    {
      gunichar letter = g_utf8_get_char (c);

      if (g_unichar_isspace (letter) || strchr ("<>\"`", (int)MIN (letter, 127)) != NULL)
        break;
      open += letter == '(' ? 1 : letter == ')' ? -1
                                                : 0;
      if (letter == ')' && open < 0)
        break;
      c = g_utf8_next_char (c);
    }
  while (c > last && strchr (".,;:!?'*_~", c[-1]) != NULL)
    c--;
  return c;
}

/* The end of a link that begins at @c, or NULL. @prefix: what its address lacks. */
static const char *
match_link (const char *begin,
            const char *c,
            const char *end,
            const char **prefix)
{
  static const struct
  {
    const char *start;
    const char *prefix;
  } kinds[] = { { "https://", "" }, { "http://", "" }, { "www.", "https://" } };
  const char *stop;

  if ((*c != 'h' && *c != 'H' && *c != 'w' && *c != 'W') || is_word_before (begin, c))
    return NULL;
  for (guint i = 0; i < G_N_ELEMENTS (kinds); i++)
    {
      gsize length = strlen (kinds[i].start);

      if ((gsize)(end - c) <= length || g_ascii_strncasecmp (c, kinds[i].start, length) != 0)
        continue;
      stop = find_link_end (c, end);
      if (stop <= c + length || !is_word_at (c + length))
        return NULL;
      *prefix = kinds[i].prefix;
      return stop;
    }
  return NULL;
}

static void
write_link (Writer *writer,
            const char *prefix,
            const char *c,
            const char *stop)
{
  write_tag (writer, "<a href=\"");
  if (!writer->plain)
    {
      write_text (writer, prefix, strlen (prefix));
      write_text (writer, c, stop - c);
    }
  write_tag (writer, "\">");
  write_text (writer, c, stop - c);
  write_tag (writer, "</a>");
}

/* Marks within a line */

/* Where the pair of the mark at @c ends, or NULL. */
static const char *
find_closing (const char *c,
              const char *end)
{
  const char mark = *c;

  for (const char *other = c + 2; other < end; other++)
    {
      if (*other != mark)
        continue;
      if (other[1] != mark && !g_unichar_isspace (g_utf8_get_char (g_utf8_find_prev_char (c, other)))
          && (other + 1 >= end || !is_word_at (other + 1)) && other[-1] != mark)
        return other;
    }
  return NULL;
}

static void
write_inline (Writer *writer,
              const char *begin,
              const char *end,
              int depth)
{
  static const char *const opening[] = { "<b>", "<i>", "<s>" };
  static const char *const ending[] = { "</b>", "</i>", "</s>" };
  /* A mark without a pair from here on has none further on either: this keeps the work linear. */
  gboolean hopeless[N_MARKS + 1] = { FALSE };
  const char *written = begin;

  for (const char *c = begin; c < end;)
    {
      const char *prefix;
      const char *stop = match_link (begin, c, end, &prefix);
      const char *found = strchr (mark_letters, *c);

      if (stop != NULL)
        {
          write_text (writer, written, c - written);
          write_link (writer, prefix, c, stop);
          written = c = stop;
          continue;
        }
      if (*c == '`' && !hopeless[N_MARKS])
        {
          stop = memchr (c + 1, '`', end - c - 1);
          if (stop != NULL && stop > c + 1)
            {
              write_text (writer, written, c - written);
              write_tag (writer, "<tt>");
              write_text (writer, c + 1, stop - c - 1);
              write_tag (writer, "</tt>");
              written = c = stop + 1;
              continue;
            }
          hopeless[N_MARKS] = stop == NULL;
        }
      else if (found != NULL && *found != '\0' && depth < MAX_DEPTH && !hopeless[found - mark_letters] && c + 1 < end
               && !is_space_at (c + 1) && c[1] != *c && !is_word_before (begin, c))
        {
          stop = find_closing (c, end);
          if (stop != NULL)
            {
              write_text (writer, written, c - written);
              write_tag (writer, opening[found - mark_letters]);
              write_inline (writer, c + 1, stop, depth + 1);
              write_tag (writer, ending[found - mark_letters]);
              written = c = stop + 1;
              continue;
            }
          hopeless[found - mark_letters] = TRUE;
        }
      c = g_utf8_next_char (c);
    }
  write_text (writer, written, end - written);
}

/* Lines and blocks */

static void
write_line (Writer *writer,
            const char *c,
            const char *end)
{
  if (end - c > 2 && c[0] == '>' && c[1] == ' ')
    {
      write_tag (writer, "<span alpha=\"70%\">▎");
      write_inline (writer, c + 2, end, 0);
      write_tag (writer, "</span>");
    }
  else if (end - c > 2 && (c[0] == '-' || c[0] == '*') && c[1] == ' ')
    {
      write_text (writer, "• ", strlen ("• "));
      write_inline (writer, c + 2, end, 0);
    }
  else
    {
      write_inline (writer, c, end, 0);
    }
}

static void
write_lines (Writer *writer,
             const char *c,
             const char *end)
{
  while (c < end)
    {
      const char *line_end = memchr (c, '\n', end - c);

      if (line_end == NULL)
        line_end = end;
      write_line (writer, c, line_end);
      if (line_end < end)
        write_text (writer, "\n", 1);
      c = line_end + 1;
    }
}

static char *
convert (const char *text,
         gboolean plain)
{
  g_autofree char *cleaned = clean (text);
  Writer writer = { g_string_sized_new (strlen (cleaned) + 32), plain };
  const char *c = cleaned;
  const char *end = cleaned + strlen (cleaned);

  for (;;)
    {
      const char *open = strstr (c, "```");
      const char *close = open != NULL ? strstr (open + 3, "```") : NULL;

      if (close == NULL || close == open + 3)
        break;
      write_lines (&writer, c, open);
      write_tag (&writer, "<tt>");
      write_text (&writer, open + 3, close - open - 3);
      write_tag (&writer, "</tt>");
      c = close + 3;
    }
  write_lines (&writer, c, end);
  return g_string_free (writer.out, FALSE);
}

char *
lobby_markup_from_text (const char *text)
{
  g_return_val_if_fail (text != NULL, NULL);

  return convert (text, FALSE);
}

char *
lobby_markup_strip (const char *text)
{
  g_return_val_if_fail (text != NULL, NULL);

  return convert (text, TRUE);
}

/* Emoji */

static gboolean
is_emoji (gunichar letter)
{
  /* The blocks of pictographs; letters and digits that can be emoji with a selector are left out. */
  return (letter >= 0x1f300 && letter <= 0x1faff) || (letter >= 0x2600 && letter <= 0x27bf) || (letter >= 0x1f000 && letter <= 0x1f0ff)
         || (letter >= 0x2b05 && letter <= 0x2b55) || (letter >= 0x23e9 && letter <= 0x23fa) || letter == 0x231a || letter == 0x231b
         || letter == 0x203c || letter == 0x2049 || letter == 0x3030 || letter == 0x303d || letter == 0x3297 || letter == 0x3299;
}

static gboolean
is_regional (gunichar letter)
{
  return letter >= 0x1f1e6 && letter <= 0x1f1ff;
}

static gboolean
is_modifier (gunichar letter)
{
  return (letter >= 0x1f3fb && letter <= 0x1f3ff) || letter == 0xfe0f || letter == 0x20e3 || (letter >= 0xe0020 && letter <= 0xe007f);
}

guint
lobby_markup_lone_emoji (const char *text)
{
  guint count = 0;
  gboolean joined = FALSE;

  g_return_val_if_fail (text != NULL, 0);

  /* The longest are families with skin tones: some thirty bytes each. */
  if (strlen (text) > 120)
    return 0;
  for (const char *c = text; *c != '\0'; c = g_utf8_next_char (c))
    {
      gunichar letter = g_utf8_get_char_validated (c, -1);

      if (letter == (gunichar)-1 || letter == (gunichar)-2)
        return 0;
      if (letter == 0x200d && count > 0)
        {
          joined = TRUE;
          continue;
        }
      if (is_modifier (letter) && count > 0)
        continue;
      if (is_regional (letter) && is_regional (g_utf8_get_char_validated (g_utf8_next_char (c), -1)))
        {
          c = g_utf8_next_char (c);
          count++;
          continue;
        }
      if (letter == ' ' || letter == '\n')
        continue;
      if (!is_emoji (letter))
        return 0;
      count += joined ? 0 : 1;
      joined = FALSE;
    }
  return count <= 3 ? count : 0;
}

char *
lobby_markup_shorten (const char *text,
                      guint limit,
                      guint max_lines)
{
  const char *c = text;
  const char *space = NULL;
  guint n = 0, lines = 0;

  g_return_val_if_fail (text != NULL, NULL);

  if (!g_utf8_validate (text, -1, NULL))
    return NULL;
  for (; *c != '\0' && n < limit && lines < max_lines; c = g_utf8_next_char (c), n++)
    {
      lines += *c == '\n';
      if (is_space_at (c))
        space = c;
    }
  if (*c == '\0')
    return NULL;
  if (space != NULL && c - space < 40)
    c = space;
  return g_strndup (text, c - text);
}
