/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "lobby-message-window.h"
#include "lobby-timeline.h"
#include "lobby-voice-player.h"

G_BEGIN_DECLS

/*
 * What the timeline asks of the world beyond the store. lobby_timeline_set_conversation fills it
 * from a LobbyAccount; members may be NULL, then the thing cannot be done.
 */
typedef struct
{
  DexFuture  *(*load_older)  (gpointer            data,
                              LobbyConversation  *conversation);   /* resolves to gboolean: whether anything came */
  DexFuture  *(*fetch_media) (gpointer            data,
                              LobbyMessage       *message);        /* resolves to the path */
  DexFuture  *(*fetch_thumbnail) (gpointer        data,
                              LobbyMessage       *message);        /* likewise; of a video that has one */
  gboolean    (*retry)       (gpointer            data,
                              LobbyMessage       *message,
                              GError            **error);
  gboolean    (*discard)     (gpointer            data,
                              LobbyMessage       *message,
                              GError            **error);
  const char *(*agent_label) (gpointer            data,
                              const char         *agent_id);
} LobbyTimelineBackend;

/* @data is a GObject, held as long as the conversation is shown; @backend must outlive the timeline. */
void                lobby_timeline_open             (LobbyTimeline              *self,
                                                     const LobbyTimelineBackend *backend,
                                                     gpointer                    data,
                                                     LobbyStore                 *store,
                                                     LobbyConversation          *conversation);

/* For the rows. */
DexFuture          *lobby_timeline_fetch_media      (LobbyTimeline *self,
                                                     LobbyMessage  *message);
DexFuture          *lobby_timeline_fetch_thumbnail  (LobbyTimeline *self,
                                                     LobbyMessage  *message);
/* Who wrote it, for people: the customer's name, a colleague's, or "You". (transfer full) */
char               *lobby_timeline_name_author      (LobbyTimeline *self,
                                                     LobbyMessage  *message);
/* What a screen reader says of it. (transfer full) */
char               *lobby_timeline_describe         (LobbyTimeline *self,
                                                     LobbyMessage  *message);
const char         *lobby_timeline_get_agent_label  (LobbyTimeline *self,
                                                     const char    *agent_id);
/* (transfer full) */
char               *lobby_timeline_name_customer    (LobbyTimeline *self);
LobbyVoicePlayer   *lobby_timeline_get_voice_player (LobbyTimeline *self);
/* "Read more" was pressed for this message while this conversation is shown. */
gboolean            lobby_timeline_is_expanded      (LobbyTimeline *self,
                                                     gint64         row_id);
void                lobby_timeline_expand           (LobbyTimeline *self,
                                                     gint64         row_id);
void                lobby_timeline_request_reply    (LobbyTimeline *self,
                                                     LobbyMessage  *message);
/* Jumps to the message that is quoted, the keyboard too when it is at one; tells when it is not known. */
void                lobby_timeline_follow_quote     (LobbyTimeline *self,
                                                     LobbyMessage  *message);
/* Does what a message is there for besides being read: plays or pauses it, opens what it carries, jumps to what it answers; in this
 * order the first that there is. Nothing for plain text. */
void                lobby_timeline_press            (LobbyTimeline *self,
                                                     LobbyMessage  *message);
/* Fetches and opens the file of a message with the application for its kind. */
void                lobby_timeline_open_file        (LobbyTimeline *self,
                                                     LobbyMessage  *message);
/* The menu of a message, at (x, y) of @widget. */
void                lobby_timeline_show_menu        (LobbyTimeline *self,
                                                     LobbyMessage  *message,
                                                     GtkWidget     *widget,
                                                     double         x,
                                                     double         y);
/* It, or the info about a message, is open. */
gboolean            lobby_timeline_has_menu         (LobbyTimeline *self);

/*
 * The inside, by file: -timeline.c the widget and the conversation shown; -rows.c its rows; -scroll.c where the view is;
 * -date.c the day over the messages; -times.c the times under them; -pointer.c presses and what is under the pointer; -cursor.c the message that the keyboard is at; -pattern.c the drawing behind them; -actions.c what one can do with a message;
 * -account.c the backend of a LobbyAccount.
 */
typedef enum
{
  LOBBY_PAGING_NONE,
  LOBBY_PAGING_OLDER,
  LOBBY_PAGING_NEWER,
} LobbyPaging;

/* px */
#define LOBBY_TIMELINE_NARROWEST 200

struct _LobbyTimeline
{
  GtkWidget                   parent_instance;

  /* Template */
  GtkWidget                  *overlay;
  GtkScrolledWindow          *scrolled;
  GtkListView                *list_view;
  GtkRevealer                *jump_revealer;
  GtkLabel                   *jump_badge;
  GtkRevealer                *spinner_revealer;
  GtkRevealer                *date_revealer;
  GtkLabel                   *date_label;

  const LobbyTimelineBackend *backend;
  gpointer                    data;             /* of the backend */
  LobbyStore                 *store;
  LobbyConversation          *conversation;
  LobbyMessageWindow         *window;
  GSignalGroup               *store_signals;
  LobbyVoicePlayer           *player;           /* NULL until first needed */
  GHashTable                 *expanded;         /* set of row ids */
  GHashTable                 *waiting_pictures; /* set of LobbyPictureView, not owned */
  GPtrArray                  *spare_rows;       /* of LobbyMessageRow */
  GHashTable                 *times;            /* words: PangoLayout; NULL until first needed */
  GtkWidget                  *menu;             /* NULL before the first is shown */
  gint64                      menu_row;         /* row id of the message that it is of */
  guint                       midnight_source;
  guint                       date_source;      /* hides the day over the messages */

  /* Scrolling */
  GtkAdjustment              *adjustment;
  guint                       tick;
  double                      last_value;
  double                      last_upper;
  double                      last_page_size;
  gint64                      rest_at;          /* monotonic; when the view is at rest, if nothing moves it until then */
  guint                       rest_source;      /* while something is to be done then */
  gboolean                    waits_for_layout; /* the first one */
  gboolean                    stuck;            /* the newest message stays in view */
  LobbyPaging                 paging;
  guint                       paged;
  gboolean                    loading_older;    /* from the server */
  gint64                      older_failed_at;  /* monotonic; 0: not */
  gint64                      wanted_row;       /* scroll there when it is laid out; 0 none */
  guint                       wanted_frames;
  gboolean                    wanted_flash;
  guint                       following;        /* frames until the view is where it was scrolled to */
  guint                       unseen;

  gint64                      unread_from;      /* row id of the first unread message that is known; 0 none */
  guint                       unread_count;     /* of them all, when the conversation was opened */
  guint                       unread_beyond;    /* unread ones before it, which only the server knows */

  gint64                      cursor;           /* row id of the message that the keyboard is at; 0 none */

  gboolean                    has_pattern;      /* behind the messages */
  gboolean                    dark;

  guint                       pointer_source;   /* while what is under the pointer is not looked for */
  double                      pointer_x;
  double                      pointer_y;
};

/* Older messages came from the server: some may be unread, too. */
void lobby_timeline_extend_unread     (LobbyTimeline *self);

/* -paging.c */
#define LOBBY_TIMELINE_PAGE_ROWS 50
/* Adds the next rows of a page that was begun. */
void     lobby_timeline_page             (LobbyTimeline *self);
/* Whether there is something to do, now or when the view is at rest. */
gboolean lobby_timeline_consider_paging  (LobbyTimeline *self);
void     lobby_timeline_reset_paging     (LobbyTimeline *self);

/* -scroll.c */

/* px. Adjustments are doubles. */
#define LOBBY_TIMELINE_TOUCHING 1.0
/* px from the view to the end of the rows that are there. */
double   lobby_timeline_get_gap          (LobbyTimeline *self);
guint    lobby_timeline_get_n_messages   (LobbyTimeline *self);
void     lobby_timeline_stop_fling       (LobbyTimeline *self);
void lobby_timeline_scroll_init       (LobbyTimeline *self);
void lobby_timeline_scroll_dispose    (LobbyTimeline *self);
/* A window was opened: to its tail, or to the unread divider. */
void lobby_timeline_scroll_begin      (LobbyTimeline *self,
                                       gint64         unread_from);
/* Something may be to do at the next frame. */
void lobby_timeline_wake              (LobbyTimeline *self);
void lobby_timeline_note_arrival      (LobbyTimeline *self,
                                       LobbyMessage  *message);

/* -date.c: the view was scrolled by the agent. */
void lobby_timeline_update_date       (LobbyTimeline *self);
void lobby_timeline_hide_date         (LobbyTimeline *self);

/* -cursor.c */
void lobby_timeline_cursor_init       (LobbyTimeline *self);
/* Towards older (-1) or newer (1) messages. */
void lobby_timeline_step_cursor       (LobbyTimeline *self,
                                       int            step);
void lobby_timeline_set_cursor        (LobbyTimeline *self,
                                       gint64         row_id);
/* For who is told that the focus has left @widget: it stays there while another window is the active one. */
gboolean lobby_timeline_focus_is_in   (GtkWidget     *widget);
/* The vfunc "focus". */
gboolean lobby_timeline_move_focus    (GtkWidget     *widget,
                                       GtkDirectionType direction);

/* -pointer.c; needs -scroll.c. */
void lobby_timeline_pointer_init      (LobbyTimeline *self);
void lobby_timeline_pointer_dispose   (LobbyTimeline *self);

/* -pattern.c */
void lobby_timeline_pattern_init      (LobbyTimeline *self);
void lobby_timeline_snapshot_pattern  (LobbyTimeline *self,
                                       GtkSnapshot   *snapshot);

/* -rows.c. The list's factory. */
void lobby_timeline_setup_row         (LobbyTimeline *self,
                                       GtkListItem   *list_item);
void lobby_timeline_bind_row          (LobbyTimeline *self,
                                       GtkListItem   *list_item);
void lobby_timeline_unbind_row        (LobbyTimeline *self,
                                       GtkListItem   *list_item);
void lobby_timeline_teardown_row      (LobbyTimeline *self,
                                       GtkListItem   *list_item);

/* -times.c. @words as small text; shared, not to be changed. (transfer full) */
PangoLayout *lobby_timeline_lay_out_time (LobbyTimeline *self,
                                          const char    *words);

/* -actions.c */
void lobby_timeline_install_actions   (GtkWidgetClass *widget_class);
gboolean lobby_timeline_can_reply     (const LobbyMessageRecord *record);
/* The signal "failed": words for the agent about something asked for here that did not work. */
void lobby_timeline_tell              (LobbyTimeline  *self,
                                       const char     *words);

/* The row of a message while it has one. */
GtkWidget *lobby_timeline_find_row    (LobbyTimeline *self,
                                       gint64         row_id);
void lobby_timeline_notify            (LobbyTimeline *self,
                                       const char    *property);

G_END_DECLS
