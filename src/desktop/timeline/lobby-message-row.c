/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lobby-message-row.h"

#include "lobby-clock.h"
#include "lobby-culling.h"
#include "lobby-message-words.h"
#include "lobby-typing-dots.h"

/* px */
#define SIDE 16
#define SIDE_NARROW 8
#define NARROW 560
#define WIDEST 600
#define GROUP_GAP 12
#define WITHIN_GAP 2
#define TAIL_HEIGHT 10
#define REACTION_OVERLAP 8
#define REACTION_INSET 10
#define OUTLINE 3 /* around a marked bubble, in timeline.css */

/* ms */
#define FLASH 1200

struct _LobbyMessageRow
{
  GtkWidget parent_instance;

  LobbyTimeline *timeline; /* an ancestor */
  GObject *item;
  GSignalGroup *message_signals;
  GSignalGroup *tail_signals;

  GtkWidget *bubble; /* NULL for a tail */
  GtkWidget *day;    /* NULL until needed, as the rest */
  GtkWidget *divider;
  GtkLabel *divider_label; /* in it */
  GtkWidget *reactions;
  GtkWidget *typing;
  guint flash_source;
};

G_DEFINE_FINAL_TYPE (LobbyMessageRow, lobby_message_row, GTK_TYPE_WIDGET)

static void
set_class (gpointer widget,
           const char *css_class,
           gboolean set)
{
  if (set)
    gtk_widget_add_css_class (widget, css_class);
  else
    gtk_widget_remove_css_class (widget, css_class);
}

static gboolean
is_there (GtkWidget *child)
{
  return child != NULL && gtk_widget_get_visible (child);
}

LobbyMessage *
lobby_message_row_get_message (LobbyMessageRow *self)
{
  return self->item != NULL && LOBBY_IS_MESSAGE (self->item) ? LOBBY_MESSAGE (self->item) : NULL;
}

/* What stands above */

void
lobby_message_row_update_day (LobbyMessageRow *self)
{
  LobbyMessage *message = lobby_message_row_get_message (self);
  const gboolean wanted = message != NULL && lobby_message_get_day_start (message);
  g_autofree char *words = NULL;

  if (wanted && self->day == NULL)
    {
      self->day = gtk_label_new (NULL);
      gtk_widget_add_css_class (self->day, "message-day");
      gtk_widget_add_css_class (self->day, "caption-heading");
      gtk_widget_set_parent (self->day, GTK_WIDGET (self));
    }
  if (self->day == NULL)
    return;
  gtk_widget_set_visible (self->day, wanted);
  if (!wanted)
    return;
  words = lobby_words_day (lobby_message_get_sent_at (message), lobby_clock_now ());
  gtk_label_set_text (GTK_LABEL (self->day), words);
}

static void
add_line (GtkBox *divider)
{
  GtkWidget *line = gtk_separator_new (GTK_ORIENTATION_HORIZONTAL);

  gtk_widget_set_hexpand (line, TRUE);
  gtk_widget_set_valign (line, GTK_ALIGN_CENTER);
  gtk_box_append (divider, line);
}

static void
make_divider (LobbyMessageRow *self)
{
  self->divider = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 8);
  gtk_widget_add_css_class (self->divider, "unread-divider");
  self->divider_label = GTK_LABEL (gtk_label_new (NULL));
  gtk_widget_add_css_class (GTK_WIDGET (self->divider_label), "caption-heading");
  add_line (GTK_BOX (self->divider));
  gtk_box_append (GTK_BOX (self->divider), GTK_WIDGET (self->divider_label));
  add_line (GTK_BOX (self->divider));
  gtk_widget_set_parent (self->divider, GTK_WIDGET (self));
}

static void
update_divider (LobbyMessageRow *self)
{
  LobbyMessage *message = lobby_message_row_get_message (self);
  const gboolean wanted = message != NULL && lobby_message_get_unread_start (message);
  g_autofree char *words = NULL;

  if (wanted && self->divider == NULL)
    make_divider (self);
  if (self->divider == NULL)
    return;
  gtk_widget_set_visible (self->divider, wanted);
  if (!wanted)
    return;
  words = lobby_words_unread (self->timeline->unread_count);
  gtk_label_set_text (self->divider_label, words);
}

static void
update_reactions (LobbyMessageRow *self)
{
  LobbyMessage *message = lobby_message_row_get_message (self);
  const char *reactions = message != NULL ? lobby_message_get_reactions (message) : "";

  if (reactions[0] != '\0' && self->reactions == NULL)
    {
      self->reactions = gtk_label_new (NULL);
      gtk_widget_add_css_class (self->reactions, "message-reactions");
      gtk_widget_set_parent (self->reactions, GTK_WIDGET (self));
    }
  if (self->reactions == NULL)
    return;
  gtk_widget_set_visible (self->reactions, reactions[0] != '\0');
  gtk_label_set_text (GTK_LABEL (self->reactions), reactions);
}

static void
update_group (LobbyMessageRow *self)
{
  LobbyMessage *message = lobby_message_row_get_message (self);

  if (message == NULL)
    return;
  set_class (self->bubble, "group-start", lobby_message_get_group_start (message));
  gtk_widget_queue_resize (GTK_WIDGET (self));
}

static void
update_typing (LobbyMessageRow *self)
{
  gboolean typing = FALSE;

  if (self->item != NULL && LOBBY_IS_TIMELINE_TAIL (self->item))
    g_object_get (self->item, "typing", &typing, NULL);
  if (typing && self->typing == NULL)
    {
      self->typing = lobby_typing_dots_new ();
      gtk_widget_set_parent (self->typing, GTK_WIDGET (self));
    }
  else if (!typing)
    {
      g_clear_pointer (&self->typing, gtk_widget_unparent);
    }
}

static gboolean
end_flash (gpointer data)
{
  LobbyMessageRow *self = data;

  self->flash_source = 0;
  gtk_widget_remove_css_class (GTK_WIDGET (self), "flash");
  return G_SOURCE_REMOVE;
}

void
lobby_message_row_flash (LobbyMessageRow *self)
{
  g_clear_handle_id (&self->flash_source, g_source_remove);
  gtk_widget_add_css_class (GTK_WIDGET (self), "flash");
  self->flash_source = g_timeout_add (FLASH, end_flash, self);
}

void
lobby_message_row_set_marked (LobbyMessageRow *self,
                              gboolean marked)
{
  set_class (self, "marked", marked);
}

gboolean
lobby_message_row_compute_bubble (LobbyMessageRow *self,
                                  graphene_rect_t *bounds)
{
  return is_there (self->bubble) && gtk_widget_compute_bounds (self->bubble, GTK_WIDGET (self), bounds);
}

void
lobby_message_row_expand (LobbyMessageRow *self)
{
  LobbyMessage *message = lobby_message_row_get_message (self);

  if (message != NULL)
    g_object_notify (G_OBJECT (message), "content");
}

LobbyBubble *
lobby_message_row_get_bubble (LobbyMessageRow *self)
{
  return is_there (self->bubble) ? LOBBY_BUBBLE (self->bubble) : NULL;
}

void
lobby_message_row_set_item (LobbyMessageRow *self,
                            gpointer item)
{
  LobbyMessage *message;

  if (!g_set_object (&self->item, item))
    return;
  if (self->flash_source != 0)
    {
      g_source_remove (self->flash_source);
      end_flash (self);
    }
  message = lobby_message_row_get_message (self);
  g_signal_group_set_target (self->message_signals, message);
  g_signal_group_set_target (self->tail_signals, item != NULL && LOBBY_IS_TIMELINE_TAIL (item) ? item : NULL);
  /* It is out of sight until it gets another item: what it looks like can wait. */
  if (item == NULL)
    {
      if (self->bubble != NULL)
        lobby_bubble_set_message (LOBBY_BUBBLE (self->bubble), NULL);
      lobby_message_row_set_marked (self, FALSE);
      return;
    }
  if (message != NULL && self->bubble == NULL)
    {
      self->bubble = lobby_bubble_new (self->timeline);
      gtk_widget_set_parent (self->bubble, GTK_WIDGET (self));
    }
  if (self->bubble != NULL)
    {
      lobby_bubble_set_message (LOBBY_BUBBLE (self->bubble), message);
      gtk_widget_set_visible (self->bubble, message != NULL);
    }
  if (self->timeline->cursor != 0)
    lobby_message_row_set_marked (self, message != NULL && lobby_message_get_row_id (message) == self->timeline->cursor);
  lobby_message_row_update_day (self);
  update_divider (self);
  update_reactions (self);
  update_group (self);
  update_typing (self);
  gtk_widget_queue_resize (GTK_WIDGET (self));
}

/* Layout */

static GtkSizeRequestMode
get_request_mode (GtkWidget *widget)
{
  return GTK_SIZE_REQUEST_HEIGHT_FOR_WIDTH;
}

static int
height_of (GtkWidget *child,
           int width)
{
  int minimum;

  gtk_widget_measure (child, GTK_ORIENTATION_VERTICAL, width, &minimum, NULL, NULL, NULL);
  return minimum;
}

static int
width_of (GtkWidget *child)
{
  int natural;

  gtk_widget_measure (child, GTK_ORIENTATION_HORIZONTAL, -1, NULL, &natural, NULL, NULL);
  return natural;
}

static int
side_of (int width)
{
  return width < NARROW ? SIDE_NARROW : SIDE;
}

static int
bubble_width (LobbyMessageRow *self,
              int width)
{
  const int available = width - 2 * side_of (width);
  const int share = width < NARROW ? available * 85 / 100 : width * 65 / 100;

  return lobby_bubble_fit_width (LOBBY_BUBBLE (self->bubble), MIN (share, WIDEST));
}

typedef struct
{
  GtkAllocation day, divider, bubble, reactions, typing;
  int height;
} Places;

static int
place_above (LobbyMessageRow *self,
             int width,
             Places *places)
{
  int y = 0;

  if (is_there (self->day))
    {
      int day_width = MIN (width_of (self->day), width);

      places->day = (GtkAllocation){ (width - day_width) / 2, GROUP_GAP, day_width, height_of (self->day, -1) };
      y += GROUP_GAP + places->day.height;
    }
  if (is_there (self->divider))
    {
      places->divider = (GtkAllocation){ 0, y + GROUP_GAP, width, height_of (self->divider, width) };
      y += GROUP_GAP + places->divider.height;
    }
  return y;
}

static void
compute_places (LobbyMessageRow *self,
                int width,
                gboolean rtl,
                Places *places)
{
  LobbyMessage *message = lobby_message_row_get_message (self);
  const int side = side_of (width);
  gboolean at_right;
  int y;

  *places = (Places){ 0 };
  if (message == NULL)
    {
      places->height = TAIL_HEIGHT;
      if (self->typing != NULL)
        {
          int typing_width = width_of (self->typing);

          places->typing = (GtkAllocation){ rtl ? width - side - typing_width : side, GROUP_GAP, typing_width, height_of (self->typing, -1) };
          places->height += GROUP_GAP + places->typing.height;
        }
      return;
    }
  y = place_above (self, width, places);
  y += lobby_message_get_group_start (message) ? GROUP_GAP : WITHIN_GAP;
  places->bubble.width = bubble_width (self, width);
  places->bubble.height = height_of (self->bubble, places->bubble.width);
  places->bubble.y = y;
  at_right = lobby_message_is_outbound (message) != rtl;
  if (lobby_bubble_is_line (LOBBY_BUBBLE (self->bubble)))
    places->bubble.x = (width - places->bubble.width) / 2;
  else
    places->bubble.x = at_right ? width - side - places->bubble.width : side;
  y += places->bubble.height;
  if (is_there (self->reactions))
    {
      int reactions_width = width_of (self->reactions);
      int reactions_height = height_of (self->reactions, -1);

      places->reactions = (GtkAllocation){ at_right ? places->bubble.x + places->bubble.width - REACTION_INSET - reactions_width : places->bubble.x + REACTION_INSET,
                                           y - REACTION_OVERLAP, reactions_width, reactions_height };
      places->reactions.x = CLAMP (places->reactions.x, 0, MAX (0, width - reactions_width));
      y += reactions_height - REACTION_OVERLAP;
    }
  places->height = y;
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
  LobbyMessageRow *self = LOBBY_MESSAGE_ROW (widget);
  int width = for_size;
  Places places;

  if (orientation == GTK_ORIENTATION_HORIZONTAL)
    {
      *minimum = LOBBY_TIMELINE_NARROWEST;
      *natural = WIDEST;
      return;
    }
  /* For each layout GTK (4.18) asks without a width first: any but that of the list would break all text twice. */
  if (width <= 0)
    width = gtk_widget_get_width (GTK_WIDGET (self->timeline->list_view));
  compute_places (self, width > 0 ? width : WIDEST, FALSE, &places);
  *minimum = *natural = places.height;
}

static void
allocate (GtkWidget *child,
          const GtkAllocation *place)
{
  if (is_there (child))
    gtk_widget_size_allocate (child, place, -1);
}

static void
size_allocate (GtkWidget *widget,
               int width,
               int height,
               int baseline)
{
  LobbyMessageRow *self = LOBBY_MESSAGE_ROW (widget);
  Places places;

  compute_places (self, width, gtk_widget_get_direction (widget) == GTK_TEXT_DIR_RTL, &places);
  allocate (self->day, &places.day);
  allocate (self->divider, &places.divider);
  allocate (self->bubble, &places.bubble);
  allocate (self->reactions, &places.reactions);
  allocate (self->typing, &places.typing);
}

static void
snapshot (GtkWidget *widget,
          GtkSnapshot *snapshot)
{
  lobby_culling_push (widget, snapshot, gtk_widget_has_css_class (widget, "marked") ? OUTLINE : 0);
  GTK_WIDGET_CLASS (lobby_message_row_parent_class)->snapshot (widget, snapshot);
  gtk_snapshot_pop (snapshot);
}

static void
lobby_message_row_dispose (GObject *object)
{
  LobbyMessageRow *self = LOBBY_MESSAGE_ROW (object);
  GtkWidget *child;

  g_clear_handle_id (&self->flash_source, g_source_remove);
  g_clear_object (&self->message_signals);
  g_clear_object (&self->tail_signals);
  g_clear_object (&self->item);
  while ((child = gtk_widget_get_first_child (GTK_WIDGET (self))) != NULL)
    gtk_widget_unparent (child);
  self->bubble = self->day = self->divider = self->reactions = self->typing = NULL;

  G_OBJECT_CLASS (lobby_message_row_parent_class)->dispose (object);
}

static void
lobby_message_row_class_init (LobbyMessageRowClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = lobby_message_row_dispose;
  widget_class->get_request_mode = get_request_mode;
  widget_class->measure = measure;
  widget_class->size_allocate = size_allocate;
  widget_class->snapshot = snapshot;
  gtk_widget_class_set_css_name (widget_class, "message");
}

static void
lobby_message_row_init (LobbyMessageRow *self)
{
  self->message_signals = g_signal_group_new (LOBBY_TYPE_MESSAGE);
  g_signal_group_connect_swapped (self->message_signals, "notify::day-start", G_CALLBACK (lobby_message_row_update_day), self);
  g_signal_group_connect_swapped (self->message_signals, "notify::unread-start", G_CALLBACK (update_divider), self);
  g_signal_group_connect_swapped (self->message_signals, "notify::group-start", G_CALLBACK (update_group), self);
  g_signal_group_connect_swapped (self->message_signals, "notify::reactions", G_CALLBACK (update_reactions), self);
  self->tail_signals = g_signal_group_new (LOBBY_TYPE_TIMELINE_TAIL);
  g_signal_group_connect_swapped (self->tail_signals, "notify::typing", G_CALLBACK (update_typing), self);
}

GtkWidget *
lobby_message_row_new (LobbyTimeline *timeline)
{
  LobbyMessageRow *self = g_object_new (LOBBY_TYPE_MESSAGE_ROW, NULL);

  self->timeline = timeline;
  return GTK_WIDGET (self);
}
