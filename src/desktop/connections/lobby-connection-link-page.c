/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lobby-connection-link-page.h"

#include <glib/gi18n.h>
#include <string.h>

#include "lobby-connection-words.h"
#include "lobby-connection-work.h"
#include "lobby-qr-code.h"
#include "lobby-toast.h"

/* s; a gateway that has not come up with a code by then does not work. */
#define PATIENCE 60

/* px; fits into a window of 360 */
#define WIDEST_CODE 296

struct _LobbyConnectionLinkPage
{
  AdwNavigationPage parent_instance;

  GtkStack *stack;
  AdwStatusPage *starting_status;
  GtkPicture *code_picture;
  GtkEditable *number_row;
  GtkWidget *request_button;
  GtkLabel *code_label;
  GtkWidget *copy_button;
  AdwStatusPage *linked_status;
  AdwStatusPage *failed_status;

  LobbyAccount *account;
  LobbyWhatsappConnection *connection;
  char *qr; /* the one that is shown */
  guint patience_source;
  gboolean began; /* the gateway has told of a step since we asked */
  gboolean failed;
  gboolean asking; /* for the number */
};

G_DEFINE_FINAL_TYPE (LobbyConnectionLinkPage, lobby_connection_link_page, ADW_TYPE_NAVIGATION_PAGE)

enum
{
  DONE,
  EDIT,
  N_SIGNALS,
};

static guint signals[N_SIGNALS];

static gboolean
has_focus_within (GtkWidget *widget)
{
  return (gtk_widget_get_state_flags (widget) & GTK_STATE_FLAG_FOCUS_WITHIN) != 0;
}

/* FALSE: there is nothing to focus in it. */
static gboolean
focus_on_page (LobbyConnectionLinkPage *self)
{
  GtkWidget *page = gtk_stack_get_visible_child (self->stack);

  return has_focus_within (page) || gtk_widget_child_focus (page, GTK_DIR_TAB_FORWARD);
}

static void
show (LobbyConnectionLinkPage *self,
      const char *page)
{
  const gboolean had_focus = has_focus_within (GTK_WIDGET (self->stack));

  if (g_strcmp0 (gtk_stack_get_visible_child_name (self->stack), page) == 0)
    return;
  gtk_stack_set_visible_child_name (self->stack, page);
  /* One with nothing to focus in it leaves it to the header; without any, not even Escape would be heard. */
  if (had_focus && !focus_on_page (self))
    gtk_widget_child_focus (GTK_WIDGET (self), GTK_DIR_TAB_FORWARD);
}

/* Shows what can only be answered. */
static void
show_and_ask (LobbyConnectionLinkPage *self,
              const char *page)
{
  show (self, page);
  /* Not from under the form that is over it. */
  if (gtk_widget_get_mapped (GTK_WIDGET (self)))
    focus_on_page (self);
}

static void
fail (LobbyConnectionLinkPage *self,
      const char *words)
{
  /* A status page takes markup; reasons are words of the gateway's. */
  g_autofree char *escaped = g_markup_escape_text (words, -1);

  self->failed = TRUE;
  g_clear_handle_id (&self->patience_source, g_source_remove);
  adw_status_page_set_description (self->failed_status, escaped);
  show_and_ask (self, "failed");
  gtk_accessible_announce (GTK_ACCESSIBLE (self), words, GTK_ACCESSIBLE_ANNOUNCEMENT_PRIORITY_HIGH);
}

static void
impatient_cb (gpointer data)
{
  LobbyConnectionLinkPage *self = data;

  self->patience_source = 0;
  fail (self, _ ("The gateway has not shown a code within a minute. Look whether it runs, then try again."));
}

/* QR code */

static void
show_qr (LobbyConnectionLinkPage *self)
{
  const char *qr = lobby_whatsapp_connection_get_qr (self->connection);

  if (qr == NULL)
    {
      show (self, "starting");
      return;
    }
  if (g_set_str (&self->qr, qr))
    {
      g_autoptr (LobbyQrCode) code = lobby_qr_code_new (qr);
      int side;

      if (code == NULL)
        {
          fail (self, _ ("The gateway sent something that is no QR code."));
          return;
        }
      side = MIN (gdk_paintable_get_intrinsic_width (GDK_PAINTABLE (code)), WIDEST_CODE);
      gtk_picture_set_paintable (self->code_picture, GDK_PAINTABLE (code));
      gtk_widget_set_size_request (GTK_WIDGET (self->code_picture), side, side);
    }
  show (self, "scan");
}

/* "ABCDEFGH" is easier to type as "ABCD-EFGH". */
static char *
format_code (const char *code)
{
  return strlen (code) == 8 && g_str_is_ascii (code) ? g_strdup_printf ("%.4s-%s", code, code + 4) : g_strdup (code);
}

static void
show_code (LobbyConnectionLinkPage *self)
{
  const char *code = lobby_whatsapp_connection_get_code (self->connection);
  g_autofree char *formatted = code != NULL ? format_code (code) : NULL;

  if (code == NULL)
    {
      show (self, "starting");
      return;
    }
  gtk_label_set_text (self->code_label, formatted);
  show (self, "code");
  gtk_widget_grab_focus (self->copy_button);
}

static void
update (LobbyConnectionLinkPage *self)
{
  const LobbyWhatsappStep step = lobby_whatsapp_connection_get_step (self->connection);
  const char *reason = lobby_whatsapp_connection_get_reason (self->connection);

  if (step != LOBBY_WHATSAPP_STEP_SCAN_QR)
    g_clear_pointer (&self->qr, g_free);
  if (step == LOBBY_WHATSAPP_STEP_NONE && lobby_whatsapp_connection_get_state (self->connection) == LOBBY_WHATSAPP_CONNECTED)
    {
      g_autofree char *kind = lobby_connection_words_kind (self->connection);

      g_clear_handle_id (&self->patience_source, g_source_remove);
      adw_navigation_page_set_title (ADW_NAVIGATION_PAGE (self), kind);
      show_and_ask (self, "linked");
      return;
    }
  /* The first reason says why; what comes after is only that nothing is linked. */
  if (step == LOBBY_WHATSAPP_STEP_NONE && self->began && !self->failed && lobby_whatsapp_connection_get_state (self->connection) == LOBBY_WHATSAPP_DISCONNECTED)
    {
      fail (self, reason != NULL ? reason : _ ("The phone did not link. Codes are good for a short time only; try again."));
      return;
    }
  if (self->failed || self->asking)
    return;

  self->began = self->began || step != LOBBY_WHATSAPP_STEP_NONE;
  if (step == LOBBY_WHATSAPP_STEP_SCAN_QR || step == LOBBY_WHATSAPP_STEP_ENTER_CODE || step == LOBBY_WHATSAPP_STEP_FINISH_IN_BROWSER)
    g_clear_handle_id (&self->patience_source, g_source_remove);
  if (step == LOBBY_WHATSAPP_STEP_SCAN_QR)
    show_qr (self);
  else if (step == LOBBY_WHATSAPP_STEP_ENTER_CODE)
    show_code (self);
  else
    show (self, step == LOBBY_WHATSAPP_STEP_FINISH_IN_BROWSER ? "browser" : "starting");
}

/* Asking the server */

static void
asked (gpointer owner,
       const GValue *value,
       const GError *error)
{
  LobbyConnectionLinkPage *self = owner;
  g_autofree char *words = NULL;

  if (value != NULL)
    {
      update (self);
      return;
    }
  words = lobby_connection_words_error (error);
  fail (self, words);
}

static void
ask (LobbyConnectionLinkPage *self,
     const char *number)
{
  self->began = FALSE;
  self->failed = FALSE;
  self->asking = FALSE;
  g_clear_handle_id (&self->patience_source, g_source_remove);
  self->patience_source = g_timeout_add_seconds_once (PATIENCE, impatient_cb, self);
  show (self, "starting");
  lobby_connection_when_done (lobby_account_link_connection (self->account, self->connection, number), self, asked);
}

static void
start_cb (LobbyConnectionLinkPage *self)
{
  ask (self, NULL);
}

static void
ask_number_cb (LobbyConnectionLinkPage *self)
{
  self->asking = TRUE;
  show (self, "number");
  gtk_widget_grab_focus (GTK_WIDGET (self->number_row));
}

static gboolean
has_number (LobbyConnectionLinkPage *self)
{
  guint digits = 0;

  for (const char *p = gtk_editable_get_text (self->number_row); *p != '\0'; p++)
    digits += g_ascii_isdigit (*p);

  return digits >= 5;
}

static void
number_changed_cb (LobbyConnectionLinkPage *self)
{
  gtk_widget_set_sensitive (self->request_button, has_number (self));
}

static void
request_code_cb (LobbyConnectionLinkPage *self)
{
  if (has_number (self))
    ask (self, gtk_editable_get_text (self->number_row));
}

static void
copy_code_cb (LobbyConnectionLinkPage *self)
{
  const char *code = lobby_whatsapp_connection_get_code (self->connection);

  if (code == NULL)
    return;
  gdk_clipboard_set_text (gtk_widget_get_clipboard (GTK_WIDGET (self)), code);
  lobby_toast_show (GTK_WIDGET (self), _ ("Code copied"));
}

static void
open_gateway_cb (LobbyConnectionLinkPage *self)
{
  const char *url = lobby_whatsapp_connection_get_settings (self->connection)->gateway_url;
  g_autoptr (GtkUriLauncher) launcher = NULL;

  if (url == NULL || !(g_str_has_prefix (url, "https://") || g_str_has_prefix (url, "http://")))
    return;
  launcher = gtk_uri_launcher_new (url);
  gtk_uri_launcher_launch (launcher, GTK_WINDOW (gtk_widget_get_root (GTK_WIDGET (self))), NULL, NULL, NULL);
}

static void
edit_cb (LobbyConnectionLinkPage *self)
{
  g_signal_emit (self, signals[EDIT], 0, self->connection);
}

static void
done_cb (LobbyConnectionLinkPage *self)
{
  g_signal_emit (self, signals[DONE], 0);
}

static void
lobby_connection_link_page_dispose (GObject *object)
{
  LobbyConnectionLinkPage *self = LOBBY_CONNECTION_LINK_PAGE (object);

  g_clear_handle_id (&self->patience_source, g_source_remove);
  if (self->connection != NULL)
    g_signal_handlers_disconnect_by_data (self->connection, self);
  gtk_widget_dispose_template (GTK_WIDGET (self), LOBBY_TYPE_CONNECTION_LINK_PAGE);
  g_clear_object (&self->connection);
  g_clear_object (&self->account);
  g_clear_pointer (&self->qr, g_free);

  G_OBJECT_CLASS (lobby_connection_link_page_parent_class)->dispose (object);
}

static void
lobby_connection_link_page_class_init (LobbyConnectionLinkPageClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = lobby_connection_link_page_dispose;

  signals[DONE] = g_signal_new ("done", LOBBY_TYPE_CONNECTION_LINK_PAGE, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
  signals[EDIT] = g_signal_new ("edit", LOBBY_TYPE_CONNECTION_LINK_PAGE, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 1, LOBBY_TYPE_WHATSAPP_CONNECTION);

  gtk_widget_class_set_template_from_resource (widget_class, "/org/lobby/Lobby/ui/lobby-connection-link-page.ui");
  gtk_widget_class_bind_template_child (widget_class, LobbyConnectionLinkPage, stack);
  gtk_widget_class_bind_template_child (widget_class, LobbyConnectionLinkPage, starting_status);
  gtk_widget_class_bind_template_child (widget_class, LobbyConnectionLinkPage, code_picture);
  gtk_widget_class_bind_template_child (widget_class, LobbyConnectionLinkPage, number_row);
  gtk_widget_class_bind_template_child (widget_class, LobbyConnectionLinkPage, request_button);
  gtk_widget_class_bind_template_child (widget_class, LobbyConnectionLinkPage, code_label);
  gtk_widget_class_bind_template_child (widget_class, LobbyConnectionLinkPage, copy_button);
  gtk_widget_class_bind_template_child (widget_class, LobbyConnectionLinkPage, linked_status);
  gtk_widget_class_bind_template_child (widget_class, LobbyConnectionLinkPage, failed_status);
  gtk_widget_class_bind_template_callback (widget_class, start_cb);
  gtk_widget_class_bind_template_callback (widget_class, ask_number_cb);
  gtk_widget_class_bind_template_callback (widget_class, number_changed_cb);
  gtk_widget_class_bind_template_callback (widget_class, request_code_cb);
  gtk_widget_class_bind_template_callback (widget_class, copy_code_cb);
  gtk_widget_class_bind_template_callback (widget_class, open_gateway_cb);
  gtk_widget_class_bind_template_callback (widget_class, edit_cb);
  gtk_widget_class_bind_template_callback (widget_class, done_cb);
}

static void
lobby_connection_link_page_init (LobbyConnectionLinkPage *self)
{
  g_autoptr (AdwSpinnerPaintable) spinner = NULL;

  gtk_widget_init_template (GTK_WIDGET (self));
  spinner = adw_spinner_paintable_new (GTK_WIDGET (self->starting_status));
  adw_status_page_set_paintable (self->starting_status, GDK_PAINTABLE (spinner));
}

AdwNavigationPage *
lobby_connection_link_page_new (LobbyAccount *account,
                                LobbyWhatsappConnection *connection)
{
  LobbyConnectionLinkPage *self = g_object_new (LOBBY_TYPE_CONNECTION_LINK_PAGE, NULL);
  const char *number = lobby_whatsapp_connection_get_phone_number (connection);

  self->account = g_object_ref (account);
  self->connection = g_object_ref (connection);
  if (number != NULL)
    gtk_editable_set_text (self->number_row, number);
  g_signal_connect_swapped (connection, "changed", G_CALLBACK (update), self);
  ask (self, NULL);

  return ADW_NAVIGATION_PAGE (self);
}
