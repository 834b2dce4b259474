/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <libdex.h>
#include <locale.h>

#include "lobby-store-seed.h"

/* lobby-store-seed PATH [--conversations N] [--messages M] [--seed S] [--days D] */
int
main (int argc, char **argv)
{
  int conversations = 1000, messages = 100000, seed = 1, days = 365;
  const GOptionEntry entries[] = {
    { "conversations", 0, 0, G_OPTION_ARG_INT, &conversations, "How many conversations", "N" },
    { "messages", 0, 0, G_OPTION_ARG_INT, &messages, "How many messages", "N" },
    { "seed", 0, 0, G_OPTION_ARG_INT, &seed, "Another one gives other talk", "N" },
    { "days", 0, 0, G_OPTION_ARG_INT, &days, "How far back", "N" },
    { NULL },
  };
  g_autoptr (GOptionContext) context = g_option_context_new ("PATH");
  g_autoptr (GError) error = NULL;
  LobbySeedOptions options = { 0 };
  gint64 begin = g_get_monotonic_time ();

  setlocale (LC_ALL, "");
  dex_init ();
  g_option_context_add_main_entries (context, entries, NULL);
  if (!g_option_context_parse (context, &argc, &argv, &error) || argc != 2 || conversations < 1 || messages < 0)
    {
      g_printerr ("%s\n", error ? error->message : "Usage: lobby-store-seed PATH [--conversations N] [--messages M] [--seed S] [--days D]");
      return 2;
    }
  options.n_conversations = conversations;
  options.n_messages = messages;
  options.seed = seed;
  options.days = days;
  if (!lobby_store_seed (argv[1], &options, &error))
    {
      g_printerr ("%s\n", error->message);
      return 1;
    }
  g_print ("%d messages in %d conversations: %.1f s\n", messages, conversations, (g_get_monotonic_time () - begin) / 1e6);
  return 0;
}
