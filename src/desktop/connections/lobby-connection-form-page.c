/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lobby-connection-form-page.h"

#include <glib/gi18n.h>
#include <string.h>
#include <sys/random.h>

#include "lobby-connection-checks.h"
#include "lobby-connection-words.h"
#include "lobby-connection-work.h"

/* Bytes of a verify token. */
#define TOKEN_LENGTH 20

struct _LobbyConnectionFormPage
{
  AdwNavigationPage parent_instance;

  GtkWidget *form;
  AdwBanner *error_banner;
  GtkWidget *save_button;
  GtkLabel *save_label;
  GtkStack *save_stack;
  GtkWidget *cloud_group;
  GtkWidget *verify_group;
  GtkWidget *gateway_group;
  AdwPreferencesGroup *checks_group;
  GtkButton *test_button;
  AdwExpanderRow *advanced_row;
  LobbyConnectionChecks *checks;
  GtkEditable *name_row;
  GtkEditable *phone_number_id_row;
  GtkEditable *waba_id_row;
  GtkEditable *access_token_row;
  GtkEditable *app_secret_row;
  GtkEditable *verify_token_row;
  GtkEditable *gateway_url_row;
  GtkEditable *gateway_key_row;
  GtkEditable *phone_number_row;
  GtkEditable *graph_url_row;
  GtkEditable *session_row;

  LobbyAccount *account;
  LobbyWhatsappConnection *connection; /* NULL: a new one */
  LobbyWhatsappKind kind;
  guint filled;        /* set of fields */
  GtkWidget *wrong;    /* the row that an error is about, unowned */
  GtkWidget *unfolded; /* the last of the advanced rows while they fold out, unowned */
  gboolean saving;
  gboolean testing;
};

G_DEFINE_FINAL_TYPE (LobbyConnectionFormPage, lobby_connection_form_page, ADW_TYPE_NAVIGATION_PAGE)

enum
{
  SAVED,
  N_SIGNALS,
};

static guint signals[N_SIGNALS];

typedef enum
{
  FOR_CLOUD = 1 << 0,
  FOR_GATEWAY = 1 << 1,
  FOR_BOTH = FOR_CLOUD | FOR_GATEWAY,
} Purpose;

/* The rows, by the server's names for what they set. */
static const struct
{
  const char *field;
  gsize row;
  Purpose purpose;
  gboolean needed;
  gboolean secret; /* never shown: left empty it stays as it is */
} fields[] = {
  { "name", G_STRUCT_OFFSET (LobbyConnectionFormPage, name_row), FOR_BOTH, TRUE, FALSE },
  { "phone_number_id", G_STRUCT_OFFSET (LobbyConnectionFormPage, phone_number_id_row), FOR_CLOUD, TRUE, FALSE },
  { "waba_id", G_STRUCT_OFFSET (LobbyConnectionFormPage, waba_id_row), FOR_CLOUD, TRUE, FALSE },
  { "access_token", G_STRUCT_OFFSET (LobbyConnectionFormPage, access_token_row), FOR_CLOUD, TRUE, TRUE },
  { "app_secret", G_STRUCT_OFFSET (LobbyConnectionFormPage, app_secret_row), FOR_CLOUD, TRUE, TRUE },
  { "verify_token", G_STRUCT_OFFSET (LobbyConnectionFormPage, verify_token_row), FOR_CLOUD, TRUE, FALSE },
  { "graph_url", G_STRUCT_OFFSET (LobbyConnectionFormPage, graph_url_row), FOR_CLOUD, FALSE, FALSE },
  { "gateway_url", G_STRUCT_OFFSET (LobbyConnectionFormPage, gateway_url_row), FOR_GATEWAY, TRUE, FALSE },
  { "gateway_key", G_STRUCT_OFFSET (LobbyConnectionFormPage, gateway_key_row), FOR_GATEWAY, TRUE, TRUE },
  { "session", G_STRUCT_OFFSET (LobbyConnectionFormPage, session_row), FOR_GATEWAY, FALSE, FALSE },
  { "phone_number", G_STRUCT_OFFSET (LobbyConnectionFormPage, phone_number_row), FOR_CLOUD, FALSE, FALSE },
};

static GtkEditable *
row_at (LobbyConnectionFormPage *self,
        guint field)
{
  return G_STRUCT_MEMBER (GtkEditable *, self, fields[field].row);
}

static gboolean
is_for_us (LobbyConnectionFormPage *self,
           guint field)
{
  return (fields[field].purpose & (self->kind == LOBBY_WHATSAPP_GATEWAY ? FOR_GATEWAY : FOR_CLOUD)) != 0;
}

static gboolean
is_complete (LobbyConnectionFormPage *self)
{
  for (guint i = 0; i < G_N_ELEMENTS (fields); i++)
    {
      gboolean kept = fields[i].secret && self->connection != NULL;

      if (is_for_us (self, i) && fields[i].needed && !kept && gtk_editable_get_text (row_at (self, i))[0] == '\0')
        return FALSE;
    }

  return TRUE;
}

static void
update_state (LobbyConnectionFormPage *self)
{
  const gboolean busy = self->saving || self->testing;

  gtk_widget_set_sensitive (self->form, !self->saving);
  gtk_widget_set_sensitive (self->save_button, !busy && is_complete (self));
  gtk_widget_set_sensitive (GTK_WIDGET (self->test_button), !busy && is_complete (self));
  gtk_button_set_label (self->test_button, self->testing ? _ ("Asking WhatsApp…") : _ ("_Test It"));
  gtk_stack_set_visible_child_name (self->save_stack, self->saving ? "busy" : "ready");
}

static void
name_secret (LobbyConnectionFormPage *self,
             GtkEditable *row,
             const char *title,
             const char *unchanged)
{
  const gboolean stays = self->connection != NULL && gtk_editable_get_text (row)[0] == '\0';

  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (row), stays ? unchanged : title);
}

static void
name_secrets (LobbyConnectionFormPage *self)
{
  name_secret (self, self->access_token_row, _ ("Access token"), _ ("Access token (unchanged)"));
  name_secret (self, self->app_secret_row, _ ("App secret"), _ ("App secret (unchanged)"));
  name_secret (self, self->gateway_key_row, _ ("API key"), _ ("API key (unchanged)"));
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
clear_error (LobbyConnectionFormPage *self)
{
  self->wrong = self->unfolded = NULL;
  adw_banner_set_revealed (self->error_banner, FALSE);
  for (guint i = 0; i < G_N_ELEMENTS (fields); i++)
    mark_wrong (row_at (self, i), FALSE);
}

static void
edited_cb (LobbyConnectionFormPage *self)
{
  clear_error (self);
  name_secrets (self);
  update_state (self);
}

/* The banner slides in and the advanced rows fold out after the row got the focus, and either would move it out of sight; and what folds
 * out below the edge would not be seen. */
static void
room_changed_cb (LobbyConnectionFormPage *self)
{
  GtkWidget *wanted = self->wrong != NULL ? self->wrong : self->unfolded;
  GtkWidget *viewport = wanted != NULL ? gtk_widget_get_ancestor (wanted, GTK_TYPE_VIEWPORT) : NULL;

  if (viewport != NULL)
    gtk_viewport_scroll_to (GTK_VIEWPORT (viewport), wanted, NULL);
  if (self->unfolded != NULL && gtk_revealer_get_child_revealed (GTK_REVEALER (gtk_widget_get_ancestor (self->unfolded, GTK_TYPE_REVEALER))))
    self->unfolded = NULL;
}

static void
unfolded_cb (LobbyConnectionFormPage *self)
{
  GtkEditable *last = self->kind == LOBBY_WHATSAPP_GATEWAY ? self->session_row : self->graph_url_row;

  self->unfolded = adw_expander_row_get_expanded (self->advanced_row) ? GTK_WIDGET (last) : NULL;
}

static void
show_error (LobbyConnectionFormPage *self,
            const GError *error)
{
  const char *field = error->domain == LOBBY_SETTING_ERROR ? lobby_setting_error_get_field (error) : NULL;
  g_autofree char *words = lobby_connection_words_error (error);

  for (guint i = 0; i < G_N_ELEMENTS (fields); i++)
    {
      g_autofree char *whole = NULL;

      if (!is_for_us (self, i) || g_strcmp0 (fields[i].field, field) != 0)
        continue;
      if (!fields[i].needed)
        adw_expander_row_set_expanded (self->advanced_row, TRUE);
      whole = g_strdup_printf ("%s: %s", adw_preferences_row_get_title (ADW_PREFERENCES_ROW (row_at (self, i))), words);
      g_set_str (&words, whole);
      mark_wrong (row_at (self, i), TRUE);
      self->wrong = GTK_WIDGET (row_at (self, i));
    }
  gtk_widget_grab_focus (self->wrong != NULL ? self->wrong : self->save_button);

  adw_banner_set_title (self->error_banner, words);
  adw_banner_set_revealed (self->error_banner, TRUE);
  gtk_accessible_announce (GTK_ACCESSIBLE (self), words, GTK_ACCESSIBLE_ANNOUNCEMENT_PRIORITY_HIGH);
}

/* What the form says; of a known connection only what it changes. */
static LobbyWhatsappSettings *
read_form (LobbyConnectionFormPage *self)
{
  LobbyWhatsappSettings *settings = lobby_whatsapp_settings_new (self->kind);
  LobbyWhatsappSettings *known = self->connection != NULL ? (LobbyWhatsappSettings *)lobby_whatsapp_connection_get_settings (self->connection) : NULL;

  for (guint i = 0; i < G_N_ELEMENTS (fields); i++)
    {
      /* What is copied from a page brings spaces and line ends with it. */
      g_autofree char *text = g_strstrip (g_strdup (gtk_editable_get_text (row_at (self, i))));
      const char *before = known != NULL ? *lobby_whatsapp_settings_find (known, fields[i].field) : NULL;

      if (!is_for_us (self, i) || (fields[i].secret && text[0] == '\0') || g_strcmp0 (text, before != NULL ? before : "") == 0)
        continue;
      g_set_str (lobby_whatsapp_settings_find (settings, fields[i].field), text);
    }

  return settings;
}

/* Again whenever the server tells more of it; what was typed meanwhile stays. */
static void
fill_form (LobbyConnectionFormPage *self)
{
  LobbyWhatsappSettings *known = (LobbyWhatsappSettings *)lobby_whatsapp_connection_get_settings (self->connection);

  for (guint i = 0; i < G_N_ELEMENTS (fields); i++)
    {
      const char *text = *lobby_whatsapp_settings_find (known, fields[i].field);

      if (text == NULL || fields[i].secret || (self->filled & (1u << i)) != 0)
        continue;
      self->filled |= 1u << i;
      if (gtk_editable_get_text (row_at (self, i))[0] == '\0')
        gtk_editable_set_text (row_at (self, i), text);
    }
}

static void
saved (gpointer owner,
       const GValue *value,
       const GError *error)
{
  LobbyConnectionFormPage *self = owner;

  self->saving = FALSE;
  update_state (self);
  if (value == NULL)
    {
      show_error (self, error);
      return;
    }

  g_signal_emit (self, signals[SAVED], 0, self->connection != NULL ? self->connection : g_value_get_object (value));
}

static void
save_cb (LobbyConnectionFormPage *self)
{
  g_autoptr (LobbyWhatsappSettings) settings = read_form (self);

  clear_error (self);
  self->saving = TRUE;
  update_state (self);
  lobby_connection_when_done (self->connection != NULL ? lobby_account_change_connection (self->account, self->connection, settings)
                                                       : lobby_account_add_connection (self->account, settings),
                              self, saved);
}

/* Enter, in any row. */
static void
activated_cb (LobbyConnectionFormPage *self)
{
  if (gtk_widget_get_sensitive (self->save_button))
    save_cb (self);
}

static void
tested (gpointer owner,
        const GValue *value,
        const GError *error)
{
  LobbyConnectionFormPage *self = owner;
  GPtrArray *checks = value != NULL ? g_value_get_boxed (value) : NULL;
  const char *summary = _ ("All is right");

  self->testing = FALSE;
  update_state (self);
  lobby_connection_checks_show (self->checks, checks);
  if (checks == NULL)
    {
      show_error (self, error);
      return;
    }

  for (guint i = 0; i < checks->len; i++)
    {
      const LobbyWhatsappCheck *check = g_ptr_array_index (checks, i);

      if (!check->ok && !check->unknown)
        summary = check->message != NULL ? check->message : _ ("Something is wrong");
    }
  gtk_accessible_announce (GTK_ACCESSIBLE (self), summary, GTK_ACCESSIBLE_ANNOUNCEMENT_PRIORITY_MEDIUM);
}

static void
test_cb (LobbyConnectionFormPage *self)
{
  g_autoptr (LobbyWhatsappSettings) settings = read_form (self);

  clear_error (self);
  lobby_connection_checks_show (self->checks, NULL);
  self->testing = TRUE;
  update_state (self);
  lobby_connection_when_done (lobby_account_test_connection (self->account, self->connection, settings), self, tested);
}

static void
generate_cb (LobbyConnectionFormPage *self)
{
  guint8 bytes[TOKEN_LENGTH];
  char text[2 * TOKEN_LENGTH + 1];

  if (getrandom (bytes, sizeof bytes, 0) != (gssize)sizeof bytes)
    return;
  for (guint i = 0; i < TOKEN_LENGTH; i++)
    g_snprintf (text + 2 * i, 3, "%02x", bytes[i]);
  gtk_editable_set_text (self->verify_token_row, text);
}

static void
lobby_connection_form_page_dispose (GObject *object)
{
  LobbyConnectionFormPage *self = LOBBY_CONNECTION_FORM_PAGE (object);

  self->wrong = self->unfolded = NULL;
  gtk_widget_dispose_template (GTK_WIDGET (self), LOBBY_TYPE_CONNECTION_FORM_PAGE);
  g_clear_object (&self->connection);
  g_clear_object (&self->account);

  G_OBJECT_CLASS (lobby_connection_form_page_parent_class)->dispose (object);
}

static void
lobby_connection_form_page_class_init (LobbyConnectionFormPageClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = lobby_connection_form_page_dispose;

  signals[SAVED] = g_signal_new ("saved", LOBBY_TYPE_CONNECTION_FORM_PAGE, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                 G_TYPE_NONE, 1, LOBBY_TYPE_WHATSAPP_CONNECTION);

  gtk_widget_class_set_template_from_resource (widget_class, "/org/lobby/Lobby/ui/lobby-connection-form-page.ui");
  gtk_widget_class_bind_template_child (widget_class, LobbyConnectionFormPage, form);
  gtk_widget_class_bind_template_child (widget_class, LobbyConnectionFormPage, error_banner);
  gtk_widget_class_bind_template_child (widget_class, LobbyConnectionFormPage, save_button);
  gtk_widget_class_bind_template_child (widget_class, LobbyConnectionFormPage, save_label);
  gtk_widget_class_bind_template_child (widget_class, LobbyConnectionFormPage, save_stack);
  gtk_widget_class_bind_template_child (widget_class, LobbyConnectionFormPage, cloud_group);
  gtk_widget_class_bind_template_child (widget_class, LobbyConnectionFormPage, verify_group);
  gtk_widget_class_bind_template_child (widget_class, LobbyConnectionFormPage, gateway_group);
  gtk_widget_class_bind_template_child (widget_class, LobbyConnectionFormPage, checks_group);
  gtk_widget_class_bind_template_child (widget_class, LobbyConnectionFormPage, test_button);
  gtk_widget_class_bind_template_child (widget_class, LobbyConnectionFormPage, advanced_row);
  for (guint i = 0; i < G_N_ELEMENTS (fields); i++)
    {
      g_autofree char *name = g_strconcat (fields[i].field, "_row", NULL);

      gtk_widget_class_bind_template_child_full (widget_class, name, FALSE, (gssize)fields[i].row);
    }
  gtk_widget_class_bind_template_callback (widget_class, edited_cb);
  gtk_widget_class_bind_template_callback (widget_class, activated_cb);
  gtk_widget_class_bind_template_callback (widget_class, save_cb);
  gtk_widget_class_bind_template_callback (widget_class, test_cb);
  gtk_widget_class_bind_template_callback (widget_class, generate_cb);
  gtk_widget_class_bind_template_callback (widget_class, unfolded_cb);
}

static void
lobby_connection_form_page_init (LobbyConnectionFormPage *self)
{
  GtkWidget *viewport;

  gtk_widget_init_template (GTK_WIDGET (self));

  viewport = gtk_widget_get_ancestor (GTK_WIDGET (self->name_row), GTK_TYPE_VIEWPORT);
  g_signal_connect_object (gtk_scrollable_get_vadjustment (GTK_SCROLLABLE (viewport)), "changed", G_CALLBACK (room_changed_cb), self, G_CONNECT_SWAPPED);
  self->checks = LOBBY_CONNECTION_CHECKS (lobby_connection_checks_new ());
  adw_preferences_group_add (self->checks_group, GTK_WIDGET (self->checks));
}

static const char *
choose_title (LobbyConnectionFormPage *self)
{
  if (self->connection != NULL)
    return lobby_whatsapp_connection_get_label (self->connection);

  return self->kind == LOBBY_WHATSAPP_GATEWAY ? _ ("New Linked Number") : _ ("New Cloud API Number");
}

AdwNavigationPage *
lobby_connection_form_page_new (LobbyAccount *account,
                                LobbyWhatsappKind kind,
                                LobbyWhatsappConnection *connection)
{
  LobbyConnectionFormPage *self = g_object_new (LOBBY_TYPE_CONNECTION_FORM_PAGE, NULL);
  const gboolean cloud = kind == LOBBY_WHATSAPP_CLOUD;

  self->account = g_object_ref (account);
  self->connection = connection != NULL ? g_object_ref (connection) : NULL;
  self->kind = kind;
  gtk_widget_set_visible (self->cloud_group, cloud);
  gtk_widget_set_visible (self->verify_group, cloud);
  gtk_widget_set_visible (self->gateway_group, !cloud);
  gtk_widget_set_visible (GTK_WIDGET (self->phone_number_row), cloud);
  gtk_widget_set_visible (GTK_WIDGET (self->graph_url_row), cloud);
  gtk_widget_set_visible (GTK_WIDGET (self->session_row), !cloud);
  if (connection != NULL)
    {
      g_signal_connect_object (connection, "changed", G_CALLBACK (fill_form), self, G_CONNECT_SWAPPED);
      fill_form (self);
      name_secrets (self);
    }
  else if (cloud)
    generate_cb (self);
  adw_navigation_page_set_title (ADW_NAVIGATION_PAGE (self), choose_title (self));
  gtk_label_set_label (self->save_label, connection != NULL ? _ ("_Save") : _ ("_Add"));
  update_state (self);

  return ADW_NAVIGATION_PAGE (self);
}

GtkWidget *
lobby_connection_form_page_get_first (LobbyConnectionFormPage *self)
{
  const char *wrong;

  g_return_val_if_fail (LOBBY_IS_CONNECTION_FORM_PAGE (self), NULL);

  wrong = self->connection != NULL ? lobby_whatsapp_connection_get_wrong_setting (self->connection) : fields[0].field;
  for (guint i = 0; i < G_N_ELEMENTS (fields); i++)
    if (g_strcmp0 (fields[i].field, wrong) == 0)
      return GTK_WIDGET (gtk_editable_get_delegate (row_at (self, i)));

  return NULL;
}
