/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lobby-picture-view.h"

#include <adwaita.h>
#include <glib/gi18n-lib.h>

#include "lobby-message-words.h"
#include "lobby-picture-cache.h"
#include "lobby-quiet-tooltip.h"
#include "lobby-timeline-pictures.h"

/* px */
#define LARGEST 330
#define SMALLEST 96
#define STICKER 144
#define PLAY 48
#define ICON 32
/* For pictures whose size the server does not know. */
#define UNKNOWN_WIDTH 240
#define UNKNOWN_HEIGHT 180

/* As libadwaita's class "dimmed". */
#define DIM 0.55

/* ms that a picture may take without a word: most come from the disk, and a widget that comes and goes is two layouts of the list. */
#define PATIENCE 200

struct _LobbyPictureView
{
  GtkWidget parent_instance;

  LobbyTimeline *timeline; /* an ancestor */
  LobbyMessage *message;
  GSignalGroup *message_signals;
  GdkTexture *texture;
  GtkWidget *spinner; /* NULL unless waiting for long */
  guint spinner_source;
  const char *icon_name; /* static; NULL unless there is no picture to come */
  GtkIconPaintable *icon;
  int icon_scale;
  GtkWidget *play; /* over a video's picture; else NULL */
  int width;
  int height;
  guint generation; /* another message: what is under way for the last one is dropped */
  gboolean asked;
};

G_DEFINE_FINAL_TYPE (LobbyPictureView, lobby_picture_view, GTK_TYPE_WIDGET)

typedef struct
{
  GWeakRef view;
  guint generation;
  int width;
  int height;
} Request;

static void
request_free (gpointer data)
{
  Request *request = data;

  g_weak_ref_clear (&request->view);
  g_free (request);
}

static void
choose_size (LobbyPictureView *self)
{
  const LobbyMessageRecord *record = lobby_message_get_record (self->message);
  double width = record->width > 0 && record->height > 0 ? record->width : UNKNOWN_WIDTH;
  double height = record->width > 0 && record->height > 0 ? record->height : UNKNOWN_HEIGHT;
  const double largest = record->type == LOBBY_MODEL_STICKER ? STICKER : LARGEST;
  double scale = MIN (largest / width, largest / height);

  /* Small pictures are not blown up, but stay big enough to press; extreme ones are cut. */
  scale = record->type == LOBBY_MODEL_STICKER ? scale : MIN (scale, MAX (1, SMALLEST / MAX (width, height)));
  self->width = CLAMP ((int)(width * scale + 0.5), SMALLEST, LARGEST);
  self->height = CLAMP ((int)(height * scale + 0.5), SMALLEST, LARGEST);
}

static void
show_icon (LobbyPictureView *self,
           const char *icon_name,
           const char *tooltip)
{
  self->icon_name = icon_name;
  g_clear_object (&self->icon);
  lobby_quiet_tooltip_set (GTK_WIDGET (self), tooltip);
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

static gboolean
on_waited (gpointer data)
{
  LobbyPictureView *self = data;

  self->spinner_source = 0;
  self->spinner = adw_spinner_new ();
  gtk_widget_set_parent (self->spinner, GTK_WIDGET (self));
  return G_SOURCE_REMOVE;
}

static void
show_spinner (LobbyPictureView *self,
              gboolean show)
{
  if (!show)
    {
      g_clear_handle_id (&self->spinner_source, g_source_remove);
      g_clear_pointer (&self->spinner, gtk_widget_unparent);
    }
  else if (self->spinner == NULL && self->spinner_source == 0)
    {
      self->spinner_source = g_timeout_add (PATIENCE, on_waited, self);
    }
}

static gboolean
is_video (LobbyPictureView *self)
{
  return lobby_message_get_message_type (self->message) == LOBBY_MODEL_VIDEO;
}

/* The picture stands for a film, which pressing opens. */
static void
show_play (LobbyPictureView *self,
           gboolean show)
{
  g_clear_pointer (&self->play, gtk_widget_unparent);
  if (!show)
    return;
  self->play = gtk_image_new_from_icon_name ("media-playback-start-symbolic");
  gtk_widget_add_css_class (self->play, "play");
  gtk_widget_add_css_class (self->play, "osd");
  gtk_widget_set_parent (self->play, GTK_WIDGET (self));
}

static void
show_texture (LobbyPictureView *self,
              GdkTexture *texture)
{
  show_spinner (self, FALSE);
  show_icon (self, NULL, NULL);
  g_set_object (&self->texture, texture);
  show_play (self, is_video (self));
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

static void
show_failure (LobbyPictureView *self)
{
  show_spinner (self, FALSE);
  show_icon (self, "image-missing-symbolic", _ ("The picture could not be loaded. Press to try again."));
}

static DexFuture *
on_texture (DexFuture *future,
            gpointer data)
{
  Request *request = data;
  g_autoptr (LobbyPictureView) self = g_weak_ref_get (&request->view);
  const GValue *value = dex_future_get_value (future, NULL);

  if (self != NULL && self->generation == request->generation)
    {
      if (value != NULL)
        show_texture (self, g_value_get_object (value));
      else
        show_failure (self);
    }
  return dex_future_new_true ();
}

static DexFuture *
on_path (DexFuture *future,
         gpointer data)
{
  Request *request = data;
  const GValue *value = dex_future_get_value (future, NULL);

  return lobby_picture_cache_load (g_value_get_string (value), request->width, request->height);
}

static Request *
request_new (LobbyPictureView *self)
{
  Request *request = g_new0 (Request, 1);
  int scale = gtk_widget_get_scale_factor (GTK_WIDGET (self));

  g_weak_ref_init (&request->view, self);
  request->generation = self->generation;
  request->width = self->width * scale;
  request->height = self->height * scale;
  return request;
}

gboolean
lobby_picture_view_load (LobbyPictureView *self)
{
  DexFuture *future;

  if (self->message == NULL || self->asked || self->texture != NULL || lobby_message_get_record (self->message)->media_state != LOBBY_MEDIA_READY)
    return FALSE;
  self->asked = TRUE;
  show_spinner (self, TRUE);
  future = is_video (self) ? lobby_timeline_fetch_thumbnail (self->timeline, self->message)
                           : lobby_timeline_fetch_media (self->timeline, self->message);
  future = dex_future_then (future, on_path, request_new (self), request_free);
  dex_future_disown (dex_future_finally (future, on_texture, request_new (self), request_free));
  return FALSE;
}

static void
show_state (LobbyPictureView *self)
{
  switch (lobby_message_get_record (self->message)->media_state)
    {
    case LOBBY_MEDIA_READY:
      if (!self->asked)
        lobby_timeline_watch_picture (self->timeline, self);
      break;
    case LOBBY_MEDIA_FAILED:
      show_spinner (self, FALSE);
      show_icon (self, "image-missing-symbolic", _ ("The picture could not be fetched from WhatsApp"));
      break;
    case LOBBY_MEDIA_PENDING:
      show_spinner (self, TRUE);
      break;
    case LOBBY_MEDIA_NONE:
    default:
      show_icon (self, "image-x-generic-symbolic", NULL);
    }
}

static void
on_size_changed (LobbyPictureView *self)
{
  choose_size (self);
  gtk_widget_queue_resize (GTK_WIDGET (self));
}

static void
on_pressed (LobbyPictureView *self,
            int n_press,
            double x,
            double y,
            GtkGesture *gesture)
{
  if (self->texture != NULL || is_video (self))
    {
      lobby_timeline_open_file (self->timeline, self->message);
    }
  else if (self->icon_name != NULL && lobby_message_get_record (self->message)->media_state == LOBBY_MEDIA_READY)
    {
      self->asked = FALSE;
      show_icon (self, NULL, NULL);
      lobby_picture_view_load (self);
    }
  gtk_gesture_set_state (gesture, GTK_EVENT_SEQUENCE_CLAIMED);
}

void
lobby_picture_view_set_message (LobbyPictureView *self,
                                LobbyMessage *message)
{
  if (!g_set_object (&self->message, message))
    return;
  self->generation++;
  self->asked = FALSE;
  g_clear_object (&self->texture);
  show_icon (self, NULL, NULL);
  show_play (self, FALSE);
  show_spinner (self, FALSE);
  g_signal_group_set_target (self->message_signals, message);
  lobby_timeline_unwatch_picture (self->timeline, self);
  if (message == NULL)
    return;
  choose_size (self);
  show_state (self);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  lobby_words_type (lobby_message_get_message_type (message)), -1);
  gtk_widget_queue_resize (GTK_WIDGET (self));
}

static GtkSizeRequestMode
get_request_mode (GtkWidget *widget)
{
  return GTK_SIZE_REQUEST_HEIGHT_FOR_WIDTH;
}

static void
measure (GtkWidget *widget,
         GtkOrientation orientation,
         int for_size,
         int *minimum,
         int *natural,
         int *minimum_baseline,
         int *natural_baseline)
{
  LobbyPictureView *self = LOBBY_PICTURE_VIEW (widget);

  if (orientation == GTK_ORIENTATION_HORIZONTAL)
    {
      *minimum = SMALLEST / 2;
      *natural = self->width;
    }
  else
    {
      *natural = for_size >= 0 && for_size < self->width ? self->height * for_size / MAX (1, self->width) : self->height;
      *minimum = *natural;
    }
}

static void
size_allocate (GtkWidget *widget,
               int width,
               int height,
               int baseline)
{
  LobbyPictureView *self = LOBBY_PICTURE_VIEW (widget);

  if (self->spinner != NULL)
    gtk_widget_size_allocate (self->spinner, &(GtkAllocation){ (width - ICON) / 2, (height - ICON) / 2, ICON, ICON }, -1);
  if (self->play != NULL)
    gtk_widget_size_allocate (self->play, &(GtkAllocation){ (width - PLAY) / 2, (height - PLAY) / 2, PLAY, PLAY }, -1);
}

static void
snapshot_icon (LobbyPictureView *self,
               GtkSnapshot *snapshot)
{
  GtkWidget *widget = GTK_WIDGET (self);
  const int scale = gtk_widget_get_scale_factor (widget);
  GdkRGBA color;

  if (self->icon == NULL || self->icon_scale != scale)
    {
      g_clear_object (&self->icon);
      self->icon = gtk_icon_theme_lookup_icon (gtk_icon_theme_get_for_display (gtk_widget_get_display (widget)), self->icon_name, NULL, ICON, scale,
                                               gtk_widget_get_direction (widget), 0);
      self->icon_scale = scale;
    }
  gtk_widget_get_color (widget, &color);
  color.alpha *= DIM;
  gtk_snapshot_save (snapshot);
  gtk_snapshot_translate (snapshot, &GRAPHENE_POINT_INIT ((gtk_widget_get_width (widget) - ICON) / 2, (gtk_widget_get_height (widget) - ICON) / 2));
  gtk_symbolic_paintable_snapshot_symbolic (GTK_SYMBOLIC_PAINTABLE (self->icon), snapshot, ICON, ICON, &color, 1);
  gtk_snapshot_restore (snapshot);
}

static void
snapshot (GtkWidget *widget,
          GtkSnapshot *snapshot)
{
  LobbyPictureView *self = LOBBY_PICTURE_VIEW (widget);
  const double width = gtk_widget_get_width (widget);
  const double height = gtk_widget_get_height (widget);

  if (self->texture != NULL)
    {
      double texture_width = gdk_texture_get_width (self->texture);
      double texture_height = gdk_texture_get_height (self->texture);
      gboolean whole = lobby_message_get_message_type (self->message) == LOBBY_MODEL_STICKER;
      double scale = whole ? MIN (width / texture_width, height / texture_height) : MAX (width / texture_width, height / texture_height);

      gtk_snapshot_append_scaled_texture (snapshot, self->texture, GSK_SCALING_FILTER_TRILINEAR,
                                          &GRAPHENE_RECT_INIT ((width - texture_width * scale) / 2, (height - texture_height * scale) / 2,
                                                               texture_width * scale, texture_height * scale));
    }
  if (self->icon_name != NULL)
    snapshot_icon (self, snapshot);
  GTK_WIDGET_CLASS (lobby_picture_view_parent_class)->snapshot (widget, snapshot);
}

static void
lobby_picture_view_dispose (GObject *object)
{
  LobbyPictureView *self = LOBBY_PICTURE_VIEW (object);

  if (self->message_signals != NULL)
    lobby_picture_view_set_message (self, NULL);
  g_clear_object (&self->message_signals);
  g_clear_pointer (&self->spinner, gtk_widget_unparent);
  g_clear_handle_id (&self->spinner_source, g_source_remove);
  g_clear_object (&self->icon);
  g_clear_pointer (&self->play, gtk_widget_unparent);

  G_OBJECT_CLASS (lobby_picture_view_parent_class)->dispose (object);
}

static void
lobby_picture_view_class_init (LobbyPictureViewClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = lobby_picture_view_dispose;
  widget_class->get_request_mode = get_request_mode;
  widget_class->measure = measure;
  widget_class->size_allocate = size_allocate;
  widget_class->snapshot = snapshot;
  gtk_widget_class_set_css_name (widget_class, "message-picture");
  gtk_widget_class_set_accessible_role (widget_class, GTK_ACCESSIBLE_ROLE_IMG);
}

static void
lobby_picture_view_init (LobbyPictureView *self)
{
  GtkGesture *click = gtk_gesture_click_new ();

  gtk_widget_set_overflow (GTK_WIDGET (self), GTK_OVERFLOW_HIDDEN);
  g_signal_connect_swapped (click, "released", G_CALLBACK (on_pressed), self);
  gtk_widget_add_controller (GTK_WIDGET (self), GTK_EVENT_CONTROLLER (click));
  self->message_signals = g_signal_group_new (LOBBY_TYPE_MESSAGE);
  g_signal_group_connect_swapped (self->message_signals, "notify::media-state", G_CALLBACK (show_state), self);
  g_signal_group_connect_swapped (self->message_signals, "notify::width", G_CALLBACK (on_size_changed), self);
  g_signal_group_connect_swapped (self->message_signals, "notify::height", G_CALLBACK (on_size_changed), self);
}

GtkWidget *
lobby_picture_view_new (LobbyTimeline *timeline)
{
  LobbyPictureView *self = g_object_new (LOBBY_TYPE_PICTURE_VIEW, NULL);

  self->timeline = timeline;
  return GTK_WIDGET (self);
}
