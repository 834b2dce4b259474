/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lobby-application.h"

#include <glib-unix.h>
#include <glib/gi18n.h>

#include "lobby-accounts.h"
#include "lobby-async.h"
#include "lobby-notifier.h"
#include "lobby-settings.h"
#include "lobby-window.h"

struct _LobbyApplication
{
  AdwApplication parent_instance;

  char *data_folder; /* NULL: the user's */
  LobbyAccounts *accounts;
  LobbyNotifier *notifier;
  char *load_failure; /* to be told in the first window */
  guint start_source;
};

G_DEFINE_FINAL_TYPE (LobbyApplication, lobby_application, ADW_TYPE_APPLICATION)

/* ms that what is under way has to end when the app does. */
#define LONGEST_FAREWELL 1000

static LobbyWindow *
get_window (LobbyApplication *self)
{
  for (GList *l = gtk_application_get_windows (GTK_APPLICATION (self)); l != NULL; l = l->next)
    if (LOBBY_IS_WINDOW (l->data))
      return l->data;

  return NULL;
}

/* After the first frame: what is on disk is on the screen before the network is asked. */
static gboolean
start_accounts_cb (gpointer data)
{
  LobbyApplication *self = data;

  self->start_source = 0;
  for (guint i = 0; i < g_list_model_get_n_items (G_LIST_MODEL (self->accounts)); i++)
    {
      g_autoptr (LobbyAccount) account = g_list_model_get_item (G_LIST_MODEL (self->accounts), i);

      lobby_account_start (account);
    }

  return G_SOURCE_REMOVE;
}

static void
tell_load_failure (LobbyApplication *self,
                   LobbyWindow *window)
{
  g_autofree char *failure = g_steal_pointer (&self->load_failure);
  AdwDialog *dialog;

  if (failure == NULL)
    return;

  dialog = adw_alert_dialog_new (_ ("Cannot Open the Conversations"), failure);
  adw_alert_dialog_add_response (ADW_ALERT_DIALOG (dialog), "close", _ ("_Close"));
  adw_dialog_present (dialog, GTK_WIDGET (window));
}

static LobbyWindow *
ensure_window (LobbyApplication *self)
{
  LobbyWindow *window = get_window (self);

  if (window == NULL)
    {
      window = lobby_window_new (GTK_APPLICATION (self), self->accounts);
      self->start_source = g_idle_add_full (G_PRIORITY_LOW, start_accounts_cb, self, NULL);
    }

  return window;
}

static void
present_window (LobbyApplication *self)
{
  LobbyWindow *window = ensure_window (self);

  gtk_window_present (GTK_WINDOW (window));
  tell_load_failure (self, window);
}

static void
quit_action (GSimpleAction *action,
             GVariant *parameter,
             gpointer data)
{
  g_autoptr (GList) windows = g_list_copy (gtk_application_get_windows (data));

  /* Closing saves the draft and the size. */
  for (GList *l = windows; l != NULL; l = l->next)
    gtk_window_close (l->data);
  g_application_quit (data);
}

static void
about_action (GSimpleAction *action,
              GVariant *parameter,
              gpointer data)
{
  LobbyWindow *window = get_window (data);

  adw_show_about_dialog (GTK_WIDGET (window),
                         "application-name", "Lobby",
                         "application-icon", LOBBY_APP_ID,
                         "version", LOBBY_VERSION,
                         "comments", _ ("Answer your customers on WhatsApp"),
                         "developer-name", _ ("The Lobby Developers"),
                         "license-type", GTK_LICENSE_GPL_3_0,
                         "copyright", "© 2026 The Lobby Developers",
                         /* Translators: your names, one a line */
                         "translator-credits", _ ("translator-credits"),
                         NULL);
}

static void
open_conversation_action (GSimpleAction *action,
                          GVariant *parameter,
                          gpointer data)
{
  const char *account_id, *conversation_id;

  g_variant_get (parameter, "(&s&s)", &account_id, &conversation_id);
  lobby_window_open_conversation (ensure_window (data), account_id, conversation_id);
  present_window (data);
}

static void
apply_color_scheme (LobbyApplication *self)
{
  static const AdwColorScheme schemes[] = { ADW_COLOR_SCHEME_DEFAULT, ADW_COLOR_SCHEME_FORCE_LIGHT, ADW_COLOR_SCHEME_FORCE_DARK };
  int scheme = g_settings_get_enum (lobby_settings_get (), "color-scheme");

  adw_style_manager_set_color_scheme (adw_application_get_style_manager (ADW_APPLICATION (self)),
                                      schemes[CLAMP (scheme, 0, (int)G_N_ELEMENTS (schemes) - 1)]);
}

static gboolean
terminated_cb (gpointer data)
{
  g_action_group_activate_action (data, "quit", NULL);

  return G_SOURCE_CONTINUE;
}

static void
add_actions (LobbyApplication *self)
{
  static const GActionEntry entries[] = {
    { "quit", quit_action },
    { "about", about_action },
    { "open-conversation", open_conversation_action, "(ss)" },
  };
  static const struct
  {
    const char *action;
    const char *accels[3];
  } accels[] = {
    { "app.quit", { "<Control>q" } },
    { "window.close", { "<Control>w" } },
    { "win.search", { "<Control>f", "<Control>k" } },
    { "win.next-conversation", { "<Alt>Down", "<Control>Tab" } },
    { "win.previous-conversation", { "<Alt>Up", "<Control><Shift>Tab" } },
    { "win.next-pane", { "F6" } },
    { "win.previous-pane", { "<Shift>F6" } },
    { "win.show-contact", { "<Control>i" } },
    { "win.emoji", { "<Control>period" } },
    { "win.shortcuts", { "<Control>question" } },
  };
  g_autoptr (GAction) color_scheme = g_settings_create_action (lobby_settings_get (), "color-scheme");
  g_autoptr (GAction) check_spelling = g_settings_create_action (lobby_settings_get (), "check-spelling");

  g_action_map_add_action_entries (G_ACTION_MAP (self), entries, G_N_ELEMENTS (entries), self);
  g_action_map_add_action (G_ACTION_MAP (self), color_scheme);
  g_action_map_add_action (G_ACTION_MAP (self), check_spelling);
  for (guint i = 0; i < G_N_ELEMENTS (accels); i++)
    gtk_application_set_accels_for_action (GTK_APPLICATION (self), accels[i].action, accels[i].accels);
}

static void
lobby_application_startup (GApplication *application)
{
  LobbyApplication *self = LOBBY_APPLICATION (application);
  g_autofree char *data_folder = self->data_folder != NULL ? g_strdup (self->data_folder)
                                                           : g_build_filename (g_get_user_data_dir (), "lobby", NULL);
  g_autofree char *cache_folder = self->data_folder != NULL ? g_build_filename (self->data_folder, "cache", NULL)
                                                            : g_build_filename (g_get_user_cache_dir (), "lobby", NULL);
  g_autoptr (GError) error = NULL;

  G_APPLICATION_CLASS (lobby_application_parent_class)->startup (application);

  gtk_window_set_default_icon_name (LOBBY_APP_ID);
  if (self->data_folder != NULL)
    lobby_settings_use_folder (self->data_folder);
  g_signal_connect_object (lobby_settings_get (), "changed::color-scheme", G_CALLBACK (apply_color_scheme), self, G_CONNECT_SWAPPED);
  apply_color_scheme (self);
  add_actions (self);

  self->accounts = lobby_accounts_new (data_folder, cache_folder);
  if (!lobby_accounts_load (self->accounts, &error))
    self->load_failure = g_strdup (error->message);
  self->notifier = lobby_notifier_new (application, self->accounts);

  g_unix_signal_add (SIGTERM, terminated_cb, self);
  g_unix_signal_add (SIGINT, terminated_cb, self);
}

static void
lobby_application_activate (GApplication *application)
{
  present_window (LOBBY_APPLICATION (application));
}

static int
lobby_application_command_line (GApplication *application,
                                GApplicationCommandLine *command_line)
{
  LobbyApplication *self = LOBBY_APPLICATION (application);
  GVariantDict *options = g_application_command_line_get_options_dict (command_line);
  LobbyWindow *window = ensure_window (self);
  const char *path = NULL;
  const char *conversation = NULL;
  int status = 0;

  if (g_variant_dict_lookup (options, "demo", "^&ay", &path))
    {
      g_autoptr (GFile) file = g_application_command_line_create_file_for_arg (command_line, path);
      g_autofree char *full = g_file_get_path (file);

      lobby_window_try_demo (window, full);
    }
  if (g_variant_dict_lookup (options, "conversation", "&s", &conversation)
      && !lobby_window_open_conversation (window, "", conversation))
    {
      g_application_command_line_printerr (command_line, _ ("There is no conversation %s\n"), conversation);
      status = 1;
    }

  /* With what is to be seen in it, or it would be measured and drawn twice. */
  present_window (self);

  return status;
}

static int
lobby_application_handle_local_options (GApplication *application,
                                        GVariantDict *options)
{
  LobbyApplication *self = LOBBY_APPLICATION (application);
  const char *folder = NULL;

  if (g_variant_dict_contains (options, "version"))
    {
      g_print ("lobby %s\n", LOBBY_VERSION);
      return 0;
    }

  if (g_variant_dict_lookup (options, "data-folder", "^&ay", &folder))
    {
      g_autofree char *sum = NULL;
      g_autofree char *id = NULL;

      /* A name of its own, so that instances with other folders are not found in its place. */
      self->data_folder = g_canonicalize_filename (folder, NULL);
      sum = g_compute_checksum_for_string (G_CHECKSUM_SHA256, self->data_folder, -1);
      id = g_strdup_printf ("%s.Folder%.16s", LOBBY_APP_ID, sum);
      g_application_set_application_id (application, id);
    }

  return -1;
}

static void
lobby_application_shutdown (GApplication *application)
{
  LobbyApplication *self = LOBBY_APPLICATION (application);

  g_clear_handle_id (&self->start_source, g_source_remove);
  g_clear_object (&self->notifier);
  for (GList *l = gtk_application_get_windows (GTK_APPLICATION (self)); l != NULL; l = l->next)
    gtk_widget_set_visible (l->data, FALSE);
  for (guint i = 0; self->accounts != NULL && i < g_list_model_get_n_items (G_LIST_MODEL (self->accounts)); i++)
    {
      g_autoptr (LobbyAccount) account = g_list_model_get_item (G_LIST_MODEL (self->accounts), i);

      lobby_account_stop (account);
    }
  if (!lobby_async_drain (LONGEST_FAREWELL))
    g_debug ("Some work did not end in time");

  G_APPLICATION_CLASS (lobby_application_parent_class)->shutdown (application);

  g_clear_object (&self->accounts);
  lobby_settings_finish ();
}

static void
lobby_application_finalize (GObject *object)
{
  LobbyApplication *self = LOBBY_APPLICATION (object);

  g_free (self->data_folder);
  g_free (self->load_failure);

  G_OBJECT_CLASS (lobby_application_parent_class)->finalize (object);
}

static void
lobby_application_class_init (LobbyApplicationClass *klass)
{
  GApplicationClass *application_class = G_APPLICATION_CLASS (klass);

  G_OBJECT_CLASS (klass)->finalize = lobby_application_finalize;
  application_class->startup = lobby_application_startup;
  application_class->activate = lobby_application_activate;
  application_class->command_line = lobby_application_command_line;
  application_class->handle_local_options = lobby_application_handle_local_options;
  application_class->shutdown = lobby_application_shutdown;
}

static void
lobby_application_init (LobbyApplication *self)
{
  static const GOptionEntry options[] = {
    { "demo", 0, 0, G_OPTION_ARG_FILENAME, NULL, N_ ("Sign in to the demo that FILE describes"), N_ ("FILE") },
    { "conversation", 0, 0, G_OPTION_ARG_STRING, NULL, N_ ("Open this conversation"), N_ ("ID") },
    { "data-folder", 0, 0, G_OPTION_ARG_FILENAME, NULL, N_ ("Keep everything below FOLDER"), N_ ("FOLDER") },
    { "version", 0, 0, G_OPTION_ARG_NONE, NULL, N_ ("Print the version and leave"), NULL },
    { NULL },
  };

  g_application_add_main_option_entries (G_APPLICATION (self), options);
}

LobbyApplication *
lobby_application_new (void)
{
  return g_object_new (LOBBY_TYPE_APPLICATION,
                       "application-id", LOBBY_APP_ID,
                       "resource-base-path", "/org/lobby/Lobby",
                       "flags", G_APPLICATION_HANDLES_COMMAND_LINE,
                       NULL);
}
