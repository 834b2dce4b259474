/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "payload-cases.h"

#include <string.h>

#define DAMAGES 4000

typedef struct
{
  char *path;
  PayloadDump dump;
} Case;

static void
case_free (gpointer data)
{
  Case *one = data;

  g_free (one->path);
  g_free (one);
}

static void
test_payload (gconstpointer data)
{
  const Case *one = data;
  g_autofree char *stem = g_strndup (one->path, strlen (one->path) - strlen (".json"));
  g_autofree char *expected_path = g_strconcat (stem, ".expected", NULL);
  g_autofree char *text = NULL, *expected = NULL, *found = NULL;
  g_autoptr (GBytes) body = NULL;
  gsize length;

  g_assert_true (g_file_get_contents (one->path, &text, &length, NULL));
  body = g_bytes_new (text, length);
  found = one->dump (body);
  if (g_getenv ("LOBBY_TEST_WRITE") != NULL)
    g_assert_true (g_file_set_contents (expected_path, found, -1, NULL));
  g_assert_true (g_file_get_contents (expected_path, &expected, NULL, NULL));
  g_assert_cmpstr (found, ==, expected);
}

void
payload_cases_add (const char *folder,
                   const char *prefix,
                   PayloadDump dump,
                   guint at_least)
{
  g_autofree char *whole = g_test_build_filename (G_TEST_DIST, folder, NULL);
  g_autoptr (GDir) dir = g_dir_open (whole, 0, NULL);
  const char *name;
  guint count = 0;

  while ((name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *test = g_strconcat (prefix, name, NULL);
      Case *one;

      if (!g_str_has_suffix (name, ".json"))
        continue;
      one = g_new (Case, 1);
      *one = (Case){ g_build_filename (whole, name, NULL), dump };
      g_test_add_data_func_full (test, one, test_payload, case_free);
      count++;
    }
  g_assert_cmpuint (count, >=, at_least);
}

void
payload_add_line (GString *dump,
                  const char *name,
                  const char *value)
{
  if (value != NULL)
    g_string_append_printf (dump, "  %s: %s\n", name, value);
}

void
payload_damage (const char *folder,
                const char *file,
                PayloadRead read)
{
  static const char letters[] = "{}[]\",:0e-.\\ntx";
  g_autofree char *path = g_test_build_filename (G_TEST_DIST, folder, file, NULL);
  g_autofree char *text = NULL;
  gsize length;

  g_assert_true (g_file_get_contents (path, &text, &length, NULL));
  for (guint i = 0; i < DAMAGES; i++)
    {
      g_autofree char *damaged = g_memdup2 (text, length);
      g_autoptr (GBytes) body = NULL;

      for (guint j = 0; j < 3; j++)
        damaged[g_test_rand_int_range (0, (gint32)length)] = letters[g_test_rand_int_range (0, sizeof letters - 1)];
      body = g_bytes_new (damaged, length);
      read (body);
    }
}
