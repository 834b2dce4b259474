/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lobby-log.h"

static GString *written;

static GLogWriterOutput
collect (GLogLevelFlags level,
         const GLogField *fields,
         gsize n_fields,
         gpointer data)
{
  for (gsize i = 0; i < n_fields; i++)
    g_string_append_printf (written, "%s=%s;", fields[i].key, (const char *)fields[i].value);
  return G_LOG_WRITER_HANDLED;
}

static void
test_event (void)
{
  lobby_log_event (G_LOG_LEVEL_MESSAGE, "whatsapp", "webhook stored", "connection", "c1", "reason", NULL, "n-bytes", "1042", NULL);
  g_assert_cmpstr (written->str, ==,
                   "PRIORITY=5;GLIB_DOMAIN=whatsapp;MESSAGE=webhook stored connection=c1 n-bytes=1042;LOBBY_EVENT=webhook stored;"
                   "LOBBY_CONNECTION=c1;LOBBY_N_BYTES=1042;");
}

static void
test_one_line (void)
{
  g_string_truncate (written, 0);
  lobby_log_event (G_LOG_LEVEL_MESSAGE, "whatsapp", "refused", "reason", "a\nlobbyd: all is well", NULL);
  g_assert_true (g_str_has_prefix (written->str, "PRIORITY=5;GLIB_DOMAIN=whatsapp;MESSAGE=refused reason=a lobbyd: all is well;"));
}

static void
test_numbers (void)
{
  g_string_truncate (written, 0);
  lobby_log_event (G_LOG_LEVEL_MESSAGE, "whatsapp", "refused", "title", "To 34600111222, not +15550783881", "id", "01K123456789ABCDEF0123456789",
                   "n", "1234567", NULL);
  g_assert_nonnull (strstr (written->str, "LOBBY_TITLE=To xxxxxxxxx22, not +xxxxxxxxx81;"));
  g_assert_nonnull (strstr (written->str, "LOBBY_ID=01K123456789ABCDEF0123456789;LOBBY_N=1234567;"));
  g_assert_null (strstr (written->str, "34600111222"));
}

int
main (int argc,
      char **argv)
{
  int failed;

  g_test_init (&argc, &argv, NULL);
  written = g_string_new (NULL);
  g_log_set_writer_func (collect, NULL, NULL);
  g_test_add_func ("/log/event", test_event);
  g_test_add_func ("/log/one-line", test_one_line);
  g_test_add_func ("/log/numbers", test_numbers);
  failed = g_test_run ();
  g_string_free (written, TRUE);
  return failed;
}
