/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lobby-card.h"

#include <glib/gi18n-lib.h>
#include <math.h>

#include "lobby-json.h"
#include "lobby-message-extra.h"
#include "lobby-message-words.h"
#include "lobby-quiet-tooltip.h"

/* Of what a peer wrote, more is not shown. */
#define MAX_NAME 400

struct _LobbyCard
{
  GtkButton parent_instance;

  LobbyTimeline *timeline; /* an ancestor */
  LobbyMessage *message;
  GSignalGroup *message_signals;
  GtkImage *icon;
  GtkLabel *title;
  GtkLabel *caption;
  const char *tooltip;
  gboolean inert; /* nothing to open */
  char *uri;      /* what pressing opens, when it is not the file */
};

G_DEFINE_FINAL_TYPE (LobbyCard, lobby_card, GTK_TYPE_BUTTON)

static void
show_texts (LobbyCard *self,
            const char *title,
            const char *caption)
{
  gtk_label_set_text (self->title, title);
  gtk_label_set_text (self->caption, caption);
  gtk_widget_set_visible (GTK_WIDGET (self->caption), caption != NULL && caption[0] != '\0');
}

static void
show_file (LobbyCard *self)
{
  const LobbyMessageRecord *record = lobby_message_get_record (self->message);
  const char *type = lobby_words_type (record->type);
  g_autofree char *name = g_utf8_make_valid (record->file_name != NULL ? record->file_name : type, -1);
  g_autofree char *caption = NULL;
  double progress;

  g_object_get (self->message, "progress", &progress, NULL);
  if (record->media_state == LOBBY_MEDIA_PENDING)
    caption = g_strdup (_ ("Being fetched from WhatsApp…"));
  else if (record->media_state == LOBBY_MEDIA_FAILED)
    caption = g_strdup (_ ("Could not be fetched from WhatsApp"));
  else if (progress > 0 && progress < 1)
    caption = g_strdup_printf (_ ("Loading… %d %%"), (int)(progress * 100));
  else
    caption = lobby_words_file (record);
  show_texts (self, name, caption);
  gtk_widget_set_sensitive (GTK_WIDGET (self), record->media_state == LOBBY_MEDIA_READY);
}

static void
show_location (LobbyCard *self,
               JsonObject *location)
{
  double latitude = lobby_json_get_double_or (location, "latitude", NAN);
  double longitude = lobby_json_get_double_or (location, "longitude", NAN);
  const char *name = lobby_json_get_string (location, "name", MAX_NAME);
  const char *address = lobby_json_get_string (location, "address", MAX_NAME);
  char latitude_text[G_ASCII_DTOSTR_BUF_SIZE], longitude_text[G_ASCII_DTOSTR_BUF_SIZE];
  g_autofree char *coordinates = NULL;
  g_autofree char *shown = NULL;

  if (!(fabs (latitude) <= 90 && fabs (longitude) <= 180))
    {
      show_texts (self, name ? name : _ ("Location"), address);
      gtk_widget_set_sensitive (GTK_WIDGET (self), FALSE);
      return;
    }
  g_ascii_formatd (latitude_text, sizeof latitude_text, "%.5f", latitude);
  g_ascii_formatd (longitude_text, sizeof longitude_text, "%.5f", longitude);
  coordinates = g_strdup_printf ("%s, %s", latitude_text, longitude_text);
  shown = lobby_words_left_to_right (coordinates);
  self->uri = g_strdup_printf ("https://www.openstreetmap.org/?mlat=%s&mlon=%s#map=16/%s/%s", latitude_text, longitude_text, latitude_text, longitude_text);
  show_texts (self, name ? name : address ? address
                                          : _ ("Location"),
              name != NULL && address != NULL ? address : shown);
  self->tooltip = _ ("Open in Maps");
}

static void
show_contacts (LobbyCard *self,
               JsonArray *contacts)
{
  JsonObject *contact = lobby_json_array_object (contacts, 0);
  const char *name = lobby_json_get_string (lobby_json_get_object (contact, "name"), "formatted_name", MAX_NAME);
  JsonObject *phone = lobby_json_array_object (lobby_json_get_array (contact, "phones"), 0);
  const char *number = lobby_json_get_string (phone, "phone", 64);
  g_autofree char *shown = lobby_words_left_to_right (number);
  g_autofree char *title = NULL;
  guint n = lobby_json_array_length (contacts);

  title = n > 1 ? g_strdup_printf (ngettext ("%s and %u other", "%s and %u others", n - 1), name ? name : _ ("Contact"), n - 1)
                : g_strdup (name ? name : _ ("Contact"));
  show_texts (self, title, shown);
  if (number != NULL)
    {
      g_autofree char *escaped = g_uri_escape_string (number, "+", FALSE);

      self->uri = g_strconcat ("tel:", escaped, NULL);
      self->tooltip = _ ("Call");
    }
  gtk_widget_set_sensitive (GTK_WIDGET (self), number != NULL);
}

static void
show_order (LobbyCard *self,
            JsonObject *extra)
{
  g_autofree char *total = NULL;
  g_autofree char *title = lobby_message_extra_order (extra, &total);

  gtk_image_set_from_icon_name (self->icon, "package-x-generic-symbolic");
  show_texts (self, title, total);
  self->inert = TRUE;
}

/* The advertisement that the customer came from. Its address is a stranger's: only the web's. */
static void
show_referral (LobbyCard *self,
               JsonObject *referral)
{
  const char *headline = lobby_json_get_string (referral, "headline", MAX_NAME);
  const char *body = lobby_json_get_string (referral, "body", MAX_NAME);
  const char *url = lobby_json_get_string (referral, "source_url", 2048);

  gtk_image_set_from_icon_name (self->icon, "starred-symbolic");
  show_texts (self, headline != NULL ? headline : body, headline != NULL && body != NULL ? body : _ ("Came from an advertisement"));
  self->inert = url == NULL || !(g_str_has_prefix (url, "https://") || g_str_has_prefix (url, "http://"));
  if (self->inert)
    return;
  self->uri = g_strdup (url);
  self->tooltip = _ ("Show the Advertisement");
}

static void
update (LobbyCard *self)
{
  const LobbyMessageRecord *record = lobby_message_get_record (self->message);
  g_autoptr (JsonObject) extra = lobby_message_extra_read (record);
  JsonObject *referral = lobby_message_extra_referral (extra);

  g_clear_pointer (&self->uri, g_free);
  self->tooltip = NULL;
  self->inert = FALSE;
  gtk_widget_set_sensitive (GTK_WIDGET (self), TRUE);
  gtk_image_set_from_icon_name (self->icon, lobby_words_file_icon (record));
  if (record->type == LOBBY_MODEL_LOCATION)
    show_location (self, lobby_json_get_object (extra, "location"));
  else if (record->type == LOBBY_MODEL_CONTACTS)
    show_contacts (self, lobby_json_get_array (extra, "contacts"));
  else if (record->type == LOBBY_MODEL_ORDER)
    show_order (self, extra);
  else if (referral != NULL && record->media_state == LOBBY_MEDIA_NONE)
    show_referral (self, referral);
  else
    show_file (self);
  gtk_widget_set_can_target (GTK_WIDGET (self), !self->inert);
  gtk_widget_set_focusable (GTK_WIDGET (self), !self->inert);
  lobby_quiet_tooltip_set (GTK_WIDGET (self), self->tooltip);
}

static void
on_launched (GObject *source,
             GAsyncResult *result,
             gpointer data)
{
  g_autoptr (GtkWidget) self = data;
  GtkWidget *timeline = gtk_widget_get_ancestor (self, LOBBY_TYPE_TIMELINE);
  g_autoptr (GError) error = NULL;

  if (timeline != NULL && !gtk_uri_launcher_launch_finish (GTK_URI_LAUNCHER (source), result, &error)
      && !g_error_matches (error, GTK_DIALOG_ERROR, GTK_DIALOG_ERROR_DISMISSED) && !g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    lobby_timeline_tell (LOBBY_TIMELINE (timeline), _ ("No application could open this"));
}

const char *
lobby_card_get_deed (LobbyCard *self)
{
  if (self->uri == NULL)
    return NULL;

  switch ((int)lobby_message_get_message_type (self->message))
    {
    case LOBBY_MODEL_LOCATION:
      return _ ("Open _Location");
    case LOBBY_MODEL_CONTACTS:
      return _ ("C_all");
    default:
      return _ ("Show the _Advertisement");
    }
}

void
lobby_card_press (LobbyCard *self)
{
  g_autoptr (GtkUriLauncher) launcher = NULL;

  if (self->uri == NULL)
    {
      lobby_timeline_open_file (self->timeline, self->message);
      return;
    }
  launcher = gtk_uri_launcher_new (self->uri);
  gtk_uri_launcher_launch (launcher, GTK_WINDOW (gtk_widget_get_root (GTK_WIDGET (self))), NULL, on_launched, g_object_ref (self));
}

static void
lobby_card_dispose (GObject *object)
{
  LobbyCard *self = LOBBY_CARD (object);

  g_clear_object (&self->message_signals);
  g_clear_object (&self->message);
  g_clear_pointer (&self->uri, g_free);

  G_OBJECT_CLASS (lobby_card_parent_class)->dispose (object);
}

static void
lobby_card_class_init (LobbyCardClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = lobby_card_dispose;
}

static GtkLabel *
new_label (const char *css_class)
{
  GtkWidget *label = gtk_label_new (NULL);

  gtk_label_set_xalign (GTK_LABEL (label), 0);
  gtk_label_set_wrap (GTK_LABEL (label), TRUE);
  gtk_label_set_wrap_mode (GTK_LABEL (label), PANGO_WRAP_WORD_CHAR);
  gtk_label_set_lines (GTK_LABEL (label), 2);
  gtk_label_set_ellipsize (GTK_LABEL (label), PANGO_ELLIPSIZE_END);
  if (css_class != NULL)
    gtk_widget_add_css_class (label, css_class);
  return GTK_LABEL (label);
}

static void
lobby_card_init (LobbyCard *self)
{
  GtkWidget *row = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 10);
  GtkWidget *column = gtk_box_new (GTK_ORIENTATION_VERTICAL, 2);

  self->icon = GTK_IMAGE (gtk_image_new ());
  gtk_widget_add_css_class (GTK_WIDGET (self->icon), "card-icon");
  gtk_widget_set_valign (GTK_WIDGET (self->icon), GTK_ALIGN_CENTER);
  self->title = new_label (NULL);
  self->caption = new_label ("caption");
  gtk_widget_add_css_class (GTK_WIDGET (self->caption), "message-dim");
  gtk_widget_add_css_class (GTK_WIDGET (self->caption), "numeric");
  gtk_box_append (GTK_BOX (column), GTK_WIDGET (self->title));
  gtk_box_append (GTK_BOX (column), GTK_WIDGET (self->caption));
  gtk_widget_set_valign (column, GTK_ALIGN_CENTER);
  gtk_widget_set_hexpand (column, TRUE);
  gtk_box_append (GTK_BOX (row), GTK_WIDGET (self->icon));
  gtk_box_append (GTK_BOX (row), column);
  gtk_button_set_child (GTK_BUTTON (self), row);
  gtk_widget_add_css_class (GTK_WIDGET (self), "flat");
  gtk_widget_add_css_class (GTK_WIDGET (self), "message-card");
  gtk_widget_set_focus_on_click (GTK_WIDGET (self), FALSE);
  g_signal_connect (self, "clicked", G_CALLBACK (lobby_card_press), NULL);

  self->message_signals = g_signal_group_new (LOBBY_TYPE_MESSAGE);
  g_signal_group_connect_swapped (self->message_signals, "notify::media-state", G_CALLBACK (update), self);
  g_signal_group_connect_swapped (self->message_signals, "notify::progress", G_CALLBACK (update), self);
  g_signal_group_connect_swapped (self->message_signals, "notify::details", G_CALLBACK (update), self);
}

GtkWidget *
lobby_card_new (LobbyTimeline *timeline)
{
  LobbyCard *self = g_object_new (LOBBY_TYPE_CARD, NULL);

  self->timeline = timeline;
  return GTK_WIDGET (self);
}

void
lobby_card_set_message (LobbyCard *self,
                        LobbyMessage *message)
{
  if (!g_set_object (&self->message, message))
    return;
  g_signal_group_set_target (self->message_signals, message);
  if (message != NULL)
    update (self);
}
