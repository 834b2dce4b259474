/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * fuzz-NAME CORPUS [RUNS]: runs every file of the folder CORPUS, then RUNS mutations of them, as a TAP test.
 * A failure can be had again with the seed that it prints: LOBBY_FUZZ_SEED.
 */
#include <glib.h>
#include <stdlib.h>

#include "fuzz.h"

#define DEFAULT_RUNS 20000
#define LARGEST_INPUT 65536

static void
run (const GByteArray *input)
{
  /* A copy of just that size, so that a sanitizer sees a read beyond it. */
  g_autofree guint8 *copy = g_memdup2 (input->data, input->len);

  LLVMFuzzerTestOneInput (copy != NULL ? copy : (const guint8 *)"", input->len);
}

static GPtrArray *
read_corpus (const char *folder)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GDir) dir = g_dir_open (folder, 0, &error);
  GPtrArray *corpus = g_ptr_array_new_with_free_func ((GDestroyNotify)g_byte_array_unref);
  const char *name;

  if (dir == NULL)
    g_error ("%s", error->message);
  while ((name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *path = g_build_filename (folder, name, NULL);
      char *data;
      gsize length;

      if (!g_file_get_contents (path, &data, &length, &error))
        g_error ("%s", error->message);
      g_ptr_array_add (corpus, g_byte_array_new_take ((guint8 *)data, length));
    }
  return corpus;
}

static GByteArray *
pick (GRand *rand,
      GPtrArray *corpus)
{
  return g_ptr_array_index (corpus, g_rand_int_range (rand, 0, corpus->len));
}

static void
replace (GByteArray *input,
         guint at,
         guint n_removed,
         const guint8 *bytes,
         guint n_bytes)
{
  g_autofree guint8 *copy = g_memdup2 (bytes, n_bytes);
  guint tail = input->len - at - n_removed;

  if (input->len + n_bytes > LARGEST_INPUT)
    return;
  if (n_bytes > n_removed)
    g_byte_array_set_size (input, input->len + n_bytes - n_removed);
  memmove (input->data + at + n_bytes, input->data + at + n_removed, tail);
  if (n_bytes > 0)
    memcpy (input->data + at, copy, n_bytes);
  g_byte_array_set_size (input, at + n_bytes + tail);
}

static void
mutate (GRand *rand,
        GPtrArray *corpus,
        GByteArray *input)
{
  static const char *const words[] = { "{", "}", "[", "]", "\"", ",", ":", "null", "true", "-1", "1e9", "9223372036854775807", "\\u0000", "\\ud800",
                                       "\xf0\x9f\x98\x80", "\xff", "\x1e", "\x7f\xff", "4", "2", "_placeholder", "seq", "id" };
  guint at = g_rand_int_range (rand, 0, input->len + 1);
  guint left = input->len - at;
  guint n = g_rand_int_range (rand, 0, MIN (left, 16) + 1);
  guint8 byte = g_rand_int_range (rand, 0, 256);
  const char *word = words[g_rand_int_range (rand, 0, G_N_ELEMENTS (words))];
  GByteArray *other = pick (rand, corpus);

  switch (g_rand_int_range (rand, 0, 7))
    {
    case 0:
      if (left > 0)
        input->data[at] ^= 1 << (byte & 7);
      break;
    case 1:
      if (left > 0)
        input->data[at] = byte;
      break;
    case 2:
      replace (input, at, n, NULL, 0);
      break;
    case 3:
      replace (input, at, 0, &byte, 1);
      break;
    case 4:
      replace (input, at, 0, (const guint8 *)word, strlen (word));
      break;
    case 5:
      replace (input, at, 0, input->data + at, n);
      break;
    default:
      if (other->len > 0)
        {
          guint start = g_rand_int_range (rand, 0, other->len);
          replace (input, at, n, other->data + start, g_rand_int_range (rand, 0, other->len - start + 1));
        }
      break;
    }
}

int
main (int argc,
      char **argv)
{
  const char *text = g_getenv ("LOBBY_FUZZ_SEED");
  guint32 seed = text != NULL ? strtoul (text, NULL, 10) : g_random_int ();
  guint n_runs = argc > 2 ? strtoul (argv[2], NULL, 10) : DEFAULT_RUNS;
  g_autoptr (GRand) rand = g_rand_new_with_seed (seed);
  g_autoptr (GPtrArray) corpus = NULL;

  if (argc < 2)
    g_error ("usage: %s CORPUS [RUNS]", argv[0]);
  corpus = read_corpus (argv[1]);
  g_assert_cmpuint (corpus->len, >, 0);
  g_print ("TAP version 14\n1..2\n# LOBBY_FUZZ_SEED=%u\n", seed);

  for (guint i = 0; i < corpus->len; i++)
    run (g_ptr_array_index (corpus, i));
  g_print ("ok 1 corpus\n");

  for (guint i = 0; i < n_runs; i++)
    {
      GByteArray *seed_input = pick (rand, corpus);
      g_autoptr (GByteArray) input = g_byte_array_sized_new (seed_input->len + 64);

      g_byte_array_append (input, seed_input->data, seed_input->len);
      for (int n = g_rand_int_range (rand, 1, 8); n > 0; n--)
        mutate (rand, corpus, input);
      run (input);
    }
  g_print ("ok 2 mutations\n");
  return 0;
}
