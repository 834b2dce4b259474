/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lobby-sign-in-page.h"

#include <string.h>

#include <glib/gi18n.h>

#include "lobby-async.h"
#include "lobby-menu-names.h"
#include "lobby-settings.h"

struct _LobbySignInPage
{
  AdwBin parent_instance;

  GtkWidget *back_button;
  GtkMenuButton *menu_button;
  GtkLabel *title;
  GtkLabel *subtitle;
  GtkWidget *form;
  GtkEditable *server_row;
  GtkEditable *user_row;
  GtkEditable *password_row;
  GtkRevealer *error_revealer;
  GtkLabel *error_label;
  GtkWidget *sign_in_button;
  GtkStack *sign_in_stack;
  GtkWidget *demo_button;

  LobbyAccounts *accounts;
  guint attempt; /* the one whose outcome counts */
  gboolean busy;
};

G_DEFINE_FINAL_TYPE (LobbySignInPage, lobby_sign_in_page, ADW_TYPE_BIN)

enum
{
  SIGNED_IN,
  BACK,
  N_SIGNALS,
};

static guint signals[N_SIGNALS];

static void
update_state (LobbySignInPage *self)
{
  gboolean complete = gtk_editable_get_text (self->server_row)[0] != '\0' && gtk_editable_get_text (self->user_row)[0] != '\0'
                      && gtk_editable_get_text (self->password_row)[0] != '\0';

  gtk_widget_set_sensitive (self->form, !self->busy);
  gtk_widget_set_sensitive (self->demo_button, !self->busy);
  gtk_widget_set_sensitive (self->sign_in_button, self->busy || complete);
  gtk_stack_set_visible_child_name (self->sign_in_stack, self->busy ? "busy" : "ready");
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->sign_in_button), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  self->busy ? _ ("Cancel") : _ ("Sign In"), -1);
  if (self->busy)
    gtk_widget_remove_css_class (self->sign_in_button, "suggested-action");
  else
    gtk_widget_add_css_class (self->sign_in_button, "suggested-action");
}

static void
mark_wrong (GtkEditable *row,
            gboolean wrong)
{
  if (wrong)
    gtk_widget_add_css_class (GTK_WIDGET (row), "error");
  else
    gtk_widget_remove_css_class (GTK_WIDGET (row), "error");
}

static void
clear_error (LobbySignInPage *self)
{
  gtk_revealer_set_reveal_child (self->error_revealer, FALSE);
  mark_wrong (self->server_row, FALSE);
  mark_wrong (self->user_row, FALSE);
  mark_wrong (self->password_row, FALSE);
}

static void
show_error (LobbySignInPage *self,
            const char *text)
{
  gtk_label_set_text (self->error_label, text);
  gtk_revealer_set_reveal_child (self->error_revealer, TRUE);
  gtk_accessible_announce (GTK_ACCESSIBLE (self), text, GTK_ACCESSIBLE_ANNOUNCEMENT_PRIORITY_HIGH);
}

/* A sentence, its cause, and what to do. */
static char *
explain (const GError *error)
{
  if (error->domain != LOBBY_CLIENT_ERROR)
    return g_strdup_printf (_ ("Signing in did not work: %s"), error->message);

  switch ((LobbyClientError)error->code)
    {
    case LOBBY_CLIENT_ERROR_BAD_ADDRESS:
      return g_strdup (_ ("This is not a server address. It looks like https://lobby.example.com."));

    case LOBBY_CLIENT_ERROR_UNREACHABLE:
      return g_strdup (_ ("The server does not answer. Check the address and your network, then try again."));

    case LOBBY_CLIENT_ERROR_NOT_LOBBYD:
      return g_strdup (_ ("Something answers at this address, but it is not a Lobby server. Ask whoever runs your server for the address."));

    case LOBBY_CLIENT_ERROR_BAD_CREDENTIALS:
      return g_strdup (_ ("The user or the password is not right."));

    case LOBBY_CLIENT_ERROR_TOO_MANY_ATTEMPTS:
      return g_strdup (_ ("Too many attempts. Wait a few minutes, then try again."));

    case LOBBY_CLIENT_ERROR_TLS:
      return g_strdup (_ ("The connection is not safe: the server’s certificate cannot be trusted. Nothing was sent. Ask whoever runs your server."));

    case LOBBY_CLIENT_ERROR_NO_SECRET_SERVICE:
      return g_strdup (_ ("There is no keyring to keep your sign-in safe. Start a keyring such as GNOME Keyring, then try again."));

    case LOBBY_CLIENT_ERROR_STORAGE:
      return g_strdup (_ ("Nothing can be saved on this computer. Check that your disk is not full, then try again."));

    case LOBBY_CLIENT_ERROR_REFUSED:
    case LOBBY_CLIENT_ERROR_FAILED:
    default:
      return g_strdup_printf (_ ("The server refused: %s"), error->message);
    }
}

static void
fail (LobbySignInPage *self,
      const GError *error)
{
  g_autofree char *text = explain (error);
  GtkEditable *culprit = self->password_row;
  gboolean address = g_error_matches (error, LOBBY_CLIENT_ERROR, LOBBY_CLIENT_ERROR_BAD_ADDRESS)
                     || g_error_matches (error, LOBBY_CLIENT_ERROR, LOBBY_CLIENT_ERROR_UNREACHABLE)
                     || g_error_matches (error, LOBBY_CLIENT_ERROR, LOBBY_CLIENT_ERROR_NOT_LOBBYD)
                     || g_error_matches (error, LOBBY_CLIENT_ERROR, LOBBY_CLIENT_ERROR_TLS);
  gboolean credentials = g_error_matches (error, LOBBY_CLIENT_ERROR, LOBBY_CLIENT_ERROR_BAD_CREDENTIALS);

  if (address)
    culprit = self->server_row;
  mark_wrong (self->server_row, address);
  mark_wrong (self->user_row, credentials);
  mark_wrong (self->password_row, credentials);
  show_error (self, text);
  gtk_widget_grab_focus (GTK_WIDGET (culprit));
}

typedef struct
{
  LobbySignInPage *page;
  LobbyAccounts *accounts;
  guint attempt;
  char *server_url;
  char *user;
  char *password;
} Attempt;

static void
attempt_free (gpointer data)
{
  Attempt *attempt = data;

  g_object_unref (attempt->page);
  g_object_unref (attempt->accounts);
  g_free (attempt->server_url);
  g_free (attempt->user);
  /* It has no business in memory that others get. */
  explicit_bzero (attempt->password, strlen (attempt->password));
  g_free (attempt->password);
  g_free (attempt);
}

static GPtrArray *
list_accounts (LobbyAccounts *accounts)
{
  GPtrArray *list = g_ptr_array_new_with_free_func (g_object_unref);

  for (guint i = 0; i < g_list_model_get_n_items (G_LIST_MODEL (accounts)); i++)
    g_ptr_array_add (list, g_list_model_get_item (G_LIST_MODEL (accounts), i));

  return list;
}

static DexFuture *
sign_in_fiber (gpointer data)
{
  Attempt *attempt = data;
  LobbySignInPage *self = attempt->page;
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) before = list_accounts (attempt->accounts);
  g_autoptr (LobbyAccount) account = dex_await_object (lobby_accounts_sign_in (attempt->accounts, attempt->server_url,
                                                                               attempt->user, attempt->password),
                                                       &error);

  if (attempt->attempt != self->attempt)
    {
      /* Cancelled meanwhile: a sign-in that was not there before shall not stay. */
      if (account != NULL && !g_ptr_array_find (before, account, NULL))
        dex_await (lobby_accounts_sign_out (attempt->accounts, account), NULL);
      return dex_future_new_true ();
    }

  self->busy = FALSE;
  update_state (self);
  if (account == NULL)
    {
      fail (self, error);
      return dex_future_new_true ();
    }

  gtk_editable_set_text (self->password_row, "");
  g_settings_set_string (lobby_settings_get (), "last-server", attempt->server_url);
  g_settings_set_string (lobby_settings_get (), "last-user", attempt->user);
  g_signal_emit (self, signals[SIGNED_IN], 0, account);

  return dex_future_new_true ();
}

static void
begin (LobbySignInPage *self,
       const char *server_url,
       const char *user,
       const char *password)
{
  Attempt *attempt = g_new0 (Attempt, 1);

  clear_error (self);
  self->busy = TRUE;
  self->attempt++;
  /* The form cannot be edited now: Enter and Space cancel. First the focus, as a text must not lose both at once. */
  gtk_widget_set_sensitive (self->sign_in_button, TRUE);
  gtk_widget_grab_focus (self->sign_in_button);
  update_state (self);

  attempt->page = g_object_ref (self);
  attempt->accounts = g_object_ref (self->accounts);
  attempt->attempt = self->attempt;
  attempt->server_url = g_strdup (server_url);
  attempt->user = g_strdup (user);
  attempt->password = g_strdup (password);
  lobby_async_go (sign_in_fiber, attempt, attempt_free);
}

static void
cancel (LobbySignInPage *self)
{
  self->attempt++;
  self->busy = FALSE;
  update_state (self);
  gtk_widget_grab_focus (GTK_WIDGET (self->password_row));
}

static void
sign_in_cb (LobbySignInPage *self)
{
  g_autofree char *server = g_strstrip (g_strdup (gtk_editable_get_text (self->server_row)));
  g_autofree char *user = g_strstrip (g_strdup (gtk_editable_get_text (self->user_row)));

  if (self->busy)
    cancel (self);
  else if (gtk_widget_get_sensitive (self->sign_in_button))
    begin (self, server, user, gtk_editable_get_text (self->password_row));
}

static void
demo_cb (LobbySignInPage *self)
{
  lobby_sign_in_page_try_demo (self, NULL);
}

static void
back_cb (LobbySignInPage *self)
{
  if (self->busy)
    cancel (self);
  g_signal_emit (self, signals[BACK], 0);
}

/* Escape: out of an attempt, or of the page when there is somewhere to go. */
static gboolean
escape_cb (GtkWidget *widget,
           GVariant *arguments,
           gpointer data)
{
  LobbySignInPage *self = LOBBY_SIGN_IN_PAGE (widget);

  if (gtk_widget_get_visible (self->back_button))
    back_cb (self);
  else if (self->busy)
    cancel (self);
  else
    return FALSE;

  return TRUE;
}

static void
edited_cb (LobbySignInPage *self)
{
  /* Also called while the template is built. */
  if (self->demo_button == NULL)
    return;
  clear_error (self);
  update_state (self);
}

static void
server_activated_cb (LobbySignInPage *self)
{
  gtk_widget_grab_focus (GTK_WIDGET (self->user_row));
}

static void
user_activated_cb (LobbySignInPage *self)
{
  gtk_widget_grab_focus (GTK_WIDGET (self->password_row));
}

static void
lobby_sign_in_page_dispose (GObject *object)
{
  LobbySignInPage *self = LOBBY_SIGN_IN_PAGE (object);

  self->attempt++;
  g_clear_object (&self->accounts);
  gtk_widget_dispose_template (GTK_WIDGET (self), LOBBY_TYPE_SIGN_IN_PAGE);

  G_OBJECT_CLASS (lobby_sign_in_page_parent_class)->dispose (object);
}

static void
lobby_sign_in_page_class_init (LobbySignInPageClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = lobby_sign_in_page_dispose;

  signals[SIGNED_IN] = g_signal_new ("signed-in", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                     G_TYPE_NONE, 1, LOBBY_TYPE_ACCOUNT);
  signals[BACK] = g_signal_new ("back", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);

  gtk_widget_class_add_binding (widget_class, GDK_KEY_Escape, 0, escape_cb, NULL);
  gtk_widget_class_set_template_from_resource (widget_class, "/org/lobby/Lobby/ui/lobby-sign-in-page.ui");
  gtk_widget_class_bind_template_child (widget_class, LobbySignInPage, back_button);
  gtk_widget_class_bind_template_child (widget_class, LobbySignInPage, menu_button);
  gtk_widget_class_bind_template_child (widget_class, LobbySignInPage, title);
  gtk_widget_class_bind_template_child (widget_class, LobbySignInPage, subtitle);
  gtk_widget_class_bind_template_child (widget_class, LobbySignInPage, form);
  gtk_widget_class_bind_template_child (widget_class, LobbySignInPage, server_row);
  gtk_widget_class_bind_template_child (widget_class, LobbySignInPage, user_row);
  gtk_widget_class_bind_template_child (widget_class, LobbySignInPage, password_row);
  gtk_widget_class_bind_template_child (widget_class, LobbySignInPage, error_revealer);
  gtk_widget_class_bind_template_child (widget_class, LobbySignInPage, error_label);
  gtk_widget_class_bind_template_child (widget_class, LobbySignInPage, sign_in_button);
  gtk_widget_class_bind_template_child (widget_class, LobbySignInPage, sign_in_stack);
  gtk_widget_class_bind_template_child (widget_class, LobbySignInPage, demo_button);
  gtk_widget_class_bind_template_callback (widget_class, sign_in_cb);
  gtk_widget_class_bind_template_callback (widget_class, demo_cb);
  gtk_widget_class_bind_template_callback (widget_class, back_cb);
  gtk_widget_class_bind_template_callback (widget_class, edited_cb);
  gtk_widget_class_bind_template_callback (widget_class, server_activated_cb);
  gtk_widget_class_bind_template_callback (widget_class, user_activated_cb);
}

static void
lobby_sign_in_page_init (LobbySignInPage *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
  lobby_menu_names_ensure (gtk_menu_button_get_popover (self->menu_button));
  update_state (self);
}

GtkWidget *
lobby_sign_in_page_new (LobbyAccounts *accounts)
{
  LobbySignInPage *self = g_object_new (LOBBY_TYPE_SIGN_IN_PAGE, NULL);

  self->accounts = g_object_ref (accounts);

  return GTK_WIDGET (self);
}

void
lobby_sign_in_page_prepare (LobbySignInPage *self,
                            LobbyAccount *account,
                            gboolean can_go_back)
{
  g_autofree char *server = g_settings_get_string (lobby_settings_get (), "last-server");
  g_autofree char *user = g_settings_get_string (lobby_settings_get (), "last-user");

  g_return_if_fail (LOBBY_IS_SIGN_IN_PAGE (self));

  gtk_editable_set_text (self->server_row, account != NULL ? lobby_account_get_server_url (account) : server);
  /* Who is signed in already is not who is to be added. */
  gtk_editable_set_text (self->user_row, account != NULL ? lobby_account_get_user (account) : can_go_back ? ""
                                                                                                          : user);
  gtk_editable_set_text (self->password_row, "");
  gtk_label_set_text (self->title, account != NULL ? _ ("Sign In Again") : can_go_back ? _ ("Add Account")
                                                                                       : _ ("Welcome to Lobby"));
  gtk_label_set_text (self->subtitle, account != NULL ? _ ("The server has ended this sign-in. Everything on this computer is kept.")
                                      : can_go_back   ? _ ("Sign in as another user, or to another team’s server.")
                                                      : _ ("Sign in to your team’s server to answer customers."));
  gtk_widget_set_visible (self->demo_button, account == NULL);
  gtk_widget_set_visible (self->back_button, can_go_back);
  clear_error (self);
  update_state (self);
}

void
lobby_sign_in_page_focus (LobbySignInPage *self)
{
  GtkEditable *rows[] = { self->server_row, self->user_row, self->password_row };
  guint first = 0;

  g_return_if_fail (LOBBY_IS_SIGN_IN_PAGE (self));

  while (first < G_N_ELEMENTS (rows) - 1 && gtk_editable_get_text (rows[first])[0] != '\0')
    first++;
  gtk_widget_grab_focus (GTK_WIDGET (rows[first]));
}

void
lobby_sign_in_page_sign_in (LobbySignInPage *self,
                            const char *server_url,
                            const char *user,
                            const char *password)
{
  g_return_if_fail (LOBBY_IS_SIGN_IN_PAGE (self));

  gtk_editable_set_text (self->server_row, server_url);
  gtk_editable_set_text (self->user_row, user);
  begin (self, server_url, user, password);
}

void
lobby_sign_in_page_try_demo (LobbySignInPage *self,
                             const char *path)
{
  g_autofree char *usual = g_build_filename (g_get_user_runtime_dir (), "lobby-demo.ini", NULL);
  g_autoptr (GKeyFile) file = g_key_file_new ();
  g_autoptr (GError) error = NULL;
  g_autofree char *server = NULL;
  g_autofree char *user = NULL;
  g_autofree char *password = NULL;

  g_return_if_fail (LOBBY_IS_SIGN_IN_PAGE (self));

  if (g_key_file_load_from_file (file, path != NULL ? path : usual, G_KEY_FILE_NONE, &error))
    {
      server = g_key_file_get_string (file, "demo", "server", NULL);
      user = g_key_file_get_string (file, "demo", "user", NULL);
      password = g_key_file_get_string (file, "demo", "password", NULL);
    }

  if (server != NULL && user != NULL && password != NULL)
    lobby_sign_in_page_sign_in (self, server, user, password);
  else if (path != NULL)
    {
      g_autofree char *text = g_strdup_printf (_ ("The description of the demo cannot be read: %s"), path);
      show_error (self, text);
    }
  else
    show_error (self, _ ("No demo is running. Start one with tools/run from Lobby’s source folder, then press this button again."));
}
