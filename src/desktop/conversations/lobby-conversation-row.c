/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lobby-conversation-row-private.h"

#include <glib/gi18n.h>

#include "lobby-clock.h"
#include "lobby-message-words.h"
#include "lobby-preview.h"
#include "lobby-when.h"

G_DEFINE_FINAL_TYPE (LobbyConversationRow, lobby_conversation_row, GTK_TYPE_WIDGET)

/* What a screen reader says of the whole row. */
static void
update_words (LobbyConversationRow *self,
              LobbyConversation *conversation)
{
  LobbyMessage *last = lobby_conversation_get_last_message (conversation);
  int unread = lobby_conversation_get_unread_count (conversation);
  const char *lead = self->texts[LOBBY_ROW_LEAD].text;
  g_autoptr (GString) words = g_string_new (self->texts[LOBBY_ROW_NAME].text);
  g_autofree char *text = NULL;

  if (self->item == NULL)
    return;

  if (unread > 0)
    g_string_append_printf (words, ngettext (", %d unread message", ", %d unread messages", unread), unread);
  /* The icon is there for the last message only. */
  if (last != NULL && self->icons[LOBBY_ROW_TYPE].name != NULL)
    text = lobby_preview_in_words (last);
  g_string_append_printf (words, ", %s%s%s", lead != NULL ? lead : "", lead != NULL ? " " : "", text != NULL ? text : self->texts[LOBBY_ROW_PREVIEW].text);
  if (self->icons[LOBBY_ROW_TICK].name != NULL)
    g_string_append_printf (words, ", %s", self->tick_words);
  g_string_append_printf (words, ", %s", self->texts[LOBBY_ROW_TIME].text);
  gtk_list_item_set_accessible_label (self->item, words->str);
}

static void
show_typing (LobbyConversationRow *self,
             const char *text)
{
  lobby_conversation_row_set_icon (self, LOBBY_ROW_TICK, NULL, LOBBY_ROW_COLOR_DIM);
  lobby_conversation_row_set_icon (self, LOBBY_ROW_TYPE, NULL, LOBBY_ROW_COLOR_DIM);
  lobby_conversation_row_set_text (self, LOBBY_ROW_LEAD, NULL, LOBBY_ROW_COLOR_DIM);
  lobby_conversation_row_set_text (self, LOBBY_ROW_PREVIEW, text, LOBBY_ROW_COLOR_ACCENT);
}

static void
show_draft (LobbyConversationRow *self,
            const char *draft)
{
  g_autofree char *text = lobby_preview_strip (draft);

  lobby_conversation_row_set_icon (self, LOBBY_ROW_TICK, NULL, LOBBY_ROW_COLOR_DIM);
  lobby_conversation_row_set_icon (self, LOBBY_ROW_TYPE, NULL, LOBBY_ROW_COLOR_DIM);
  lobby_conversation_row_set_text (self, LOBBY_ROW_LEAD, _ ("Draft:"), LOBBY_ROW_COLOR_WARNING);
  lobby_conversation_row_set_text (self, LOBBY_ROW_PREVIEW, text, LOBBY_ROW_COLOR_DIM);
}

static LobbyRowColor
choose_tick_color (LobbyModelStatus status)
{
  switch (status)
    {
    case LOBBY_MODEL_STATUS_READ:
    case LOBBY_MODEL_STATUS_PLAYED:
      return LOBBY_ROW_COLOR_READ;
    case LOBBY_MODEL_STATUS_FAILED:
      return LOBBY_ROW_COLOR_ERROR;
    default:
      return LOBBY_ROW_COLOR_DIM;
    }
}

static void
show_message (LobbyConversationRow *self,
              LobbyMessage *message)
{
  const char *icon_name = NULL;
  g_autofree char *text = message != NULL ? lobby_preview_text (message, &icon_name) : g_strdup ("");
  g_autofree char *author = message != NULL ? lobby_preview_author (message, self->account) : NULL;
  g_autofree char *lead = NULL;
  LobbyModelType type = message != NULL ? lobby_message_get_message_type (message) : LOBBY_MODEL_TEXT;
  gboolean ticked = message != NULL && lobby_message_is_outbound (message) && type != LOBBY_MODEL_NOTE
                    && type != LOBBY_MODEL_SYSTEM && type != LOBBY_MODEL_CALL && type != LOBBY_MODEL_REACTION;
  LobbyModelStatus status = ticked ? lobby_message_get_status (message) : LOBBY_MODEL_STATUS_PENDING;

  lobby_conversation_row_set_icon (self, LOBBY_ROW_TICK, ticked ? lobby_preview_tick (status, &self->tick_words) : NULL, choose_tick_color (status));

  /* A reaction says itself who made it. */
  if (author != NULL && type != LOBBY_MODEL_REACTION)
    lead = g_strdup_printf ("%s:", author);
  lobby_conversation_row_set_text (self, LOBBY_ROW_LEAD, lead, LOBBY_ROW_COLOR_DIM);
  lobby_conversation_row_set_icon (self, LOBBY_ROW_TYPE, icon_name, LOBBY_ROW_COLOR_DIM);
  lobby_conversation_row_set_text (self, LOBBY_ROW_PREVIEW, text, LOBBY_ROW_COLOR_DIM);
}

static void
update_preview (LobbyConversationRow *self,
                LobbyConversation *conversation)
{
  const char *draft = lobby_conversation_get_draft (conversation);
  const char *agent = lobby_conversation_get_typing_agent (conversation);

  if (lobby_conversation_get_customer_typing (conversation))
    show_typing (self, _ ("typing…"));
  else if (agent != NULL)
    {
      /* Translators: a colleague is writing an answer */
      g_autofree char *text = g_strdup_printf (_ ("%s is answering…"), agent);
      show_typing (self, text);
    }
  else if (draft != NULL && draft[0] != '\0' && !self->open)
    show_draft (self, draft);
  else
    show_message (self, lobby_conversation_get_last_message (conversation));
}

static void
update_time (LobbyConversationRow *self,
             LobbyConversation *conversation)
{
  g_autofree char *text = lobby_when_short (lobby_conversation_get_last_activity_at (conversation), lobby_clock_now ());

  lobby_conversation_row_set_text (self, LOBBY_ROW_TIME, text,
                                   lobby_conversation_get_unread_count (conversation) > 0 ? LOBBY_ROW_COLOR_ACCENT : LOBBY_ROW_COLOR_DIM);
}

static void
update_unread (LobbyConversationRow *self,
               LobbyConversation *conversation)
{
  int count = lobby_conversation_get_unread_count (conversation);
  char text[8];

  update_time (self, conversation);
  if (count > 0 && self->unread == NULL)
    {
      self->unread = GTK_LABEL (gtk_label_new (NULL));
      gtk_widget_set_css_classes (GTK_WIDGET (self->unread), (const char *[]){ "numeric", "unread-pill", NULL });
      gtk_widget_set_parent (GTK_WIDGET (self->unread), GTK_WIDGET (self));
    }
  if (self->unread == NULL)
    return;
  g_snprintf (text, sizeof text, count > 999 ? "999+" : "%d", count);
  gtk_label_set_text (self->unread, text);
  gtk_widget_set_visible (GTK_WIDGET (self->unread), count > 0);
}

static void
update_contact (LobbyConversationRow *self,
                LobbyConversation *conversation)
{
  LobbyContact *contact = lobby_conversation_get_contact (conversation);
  g_autofree char *name = lobby_words_customer (contact);

  lobby_conversation_row_set_text (self, LOBBY_ROW_NAME, name, LOBBY_ROW_COLOR_PLAIN);
  lobby_portrait_show (self->portrait, self->account, contact);
}

static void
contact_notify_cb (LobbyConversationRow *self)
{
  LobbyConversation *conversation = self->conversation;

  if (conversation == NULL)
    return;
  update_contact (self, conversation);
  update_words (self, conversation);
}

static void
message_notify_cb (LobbyConversationRow *self,
                   GParamSpec *pspec)
{
  LobbyConversation *conversation = self->conversation;
  const char *name = g_param_spec_get_name (pspec);

  /* A message that is on the screen too notifies of much that no list shows; each newer record tells "details". */
  if (conversation == NULL || !g_str_equal (name, "details"))
    return;
  update_preview (self, conversation);
  update_words (self, conversation);
}

static void
conversation_notify_cb (LobbyConversationRow *self,
                        GParamSpec *pspec,
                        LobbyConversation *conversation)
{
  const char *name = g_param_spec_get_name (pspec);

  if (g_str_equal (name, "unread-count"))
    update_unread (self, conversation);
  else if (g_str_equal (name, "last-activity-at"))
    update_time (self, conversation);
  else if (g_str_equal (name, "contact"))
    {
      g_signal_group_set_target (self->contact_signals, lobby_conversation_get_contact (conversation));
      update_contact (self, conversation);
    }
  else if (g_str_equal (name, "last-message"))
    {
      g_signal_group_set_target (self->message_signals, lobby_conversation_get_last_message (conversation));
      update_preview (self, conversation);
    }
  else if (g_str_equal (name, "draft") || g_str_equal (name, "customer-typing") || g_str_equal (name, "typing-agent"))
    update_preview (self, conversation);
  else
    return;

  update_words (self, conversation);
}

static void
lobby_conversation_row_dispose (GObject *object)
{
  LobbyConversationRow *self = LOBBY_CONVERSATION_ROW (object);

  lobby_conversation_row_unbind (self);
  lobby_conversation_row_dispose_draw (self);
  g_clear_pointer ((GtkWidget **)&self->portrait, gtk_widget_unparent);
  g_clear_pointer ((GtkWidget **)&self->unread, gtk_widget_unparent);

  G_OBJECT_CLASS (lobby_conversation_row_parent_class)->dispose (object);
}

static void
lobby_conversation_row_finalize (GObject *object)
{
  LobbyConversationRow *self = LOBBY_CONVERSATION_ROW (object);

  g_clear_object (&self->conversation_signals);
  g_clear_object (&self->contact_signals);
  g_clear_object (&self->message_signals);

  G_OBJECT_CLASS (lobby_conversation_row_parent_class)->finalize (object);
}

static void
lobby_conversation_row_class_init (LobbyConversationRowClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  object_class->dispose = lobby_conversation_row_dispose;
  object_class->finalize = lobby_conversation_row_finalize;

  lobby_conversation_row_class_init_draw (widget_class);
  gtk_widget_class_set_css_name (widget_class, "conversation");
}

static void
lobby_conversation_row_init (LobbyConversationRow *self)
{
  self->portrait = g_object_new (LOBBY_TYPE_PORTRAIT, "size", 44, NULL);
  gtk_widget_set_parent (GTK_WIDGET (self->portrait), GTK_WIDGET (self));
  gtk_widget_set_has_tooltip (GTK_WIDGET (self), TRUE);
  /* Of all colours that a row draws with, the style sheet does not know that this one is used. */
  g_signal_connect_object (adw_style_manager_get_default (), "notify::accent-color", G_CALLBACK (gtk_widget_queue_draw), self, G_CONNECT_SWAPPED);

  self->conversation_signals = g_signal_group_new (LOBBY_TYPE_CONVERSATION);
  g_signal_group_connect_swapped (self->conversation_signals, "notify", G_CALLBACK (conversation_notify_cb), self);
  self->contact_signals = g_signal_group_new (LOBBY_TYPE_CONTACT);
  g_signal_group_connect_swapped (self->contact_signals, "notify::display-name", G_CALLBACK (contact_notify_cb), self);
  g_signal_group_connect_swapped (self->contact_signals, "notify::picture-url", G_CALLBACK (contact_notify_cb), self);
  self->message_signals = g_signal_group_new (LOBBY_TYPE_MESSAGE);
  g_signal_group_connect_swapped (self->message_signals, "notify", G_CALLBACK (message_notify_cb), self);
}

GtkWidget *
lobby_conversation_row_new (void)
{
  return g_object_new (LOBBY_TYPE_CONVERSATION_ROW, NULL);
}

void
lobby_conversation_row_bind (LobbyConversationRow *self,
                             LobbyAccount *account,
                             LobbyConversation *conversation,
                             GtkListItem *item)
{
  g_return_if_fail (LOBBY_IS_CONVERSATION_ROW (self));
  g_return_if_fail (LOBBY_IS_CONVERSATION (conversation));

  g_set_object (&self->account, account);
  g_set_object (&self->conversation, conversation);
  self->item = item;
  g_signal_group_set_target (self->conversation_signals, conversation);
  g_signal_group_set_target (self->contact_signals, lobby_conversation_get_contact (conversation));
  g_signal_group_set_target (self->message_signals, lobby_conversation_get_last_message (conversation));

  update_contact (self, conversation);
  update_unread (self, conversation);
  update_preview (self, conversation);
  update_words (self, conversation);
}

void
lobby_conversation_row_unbind (LobbyConversationRow *self)
{
  g_return_if_fail (LOBBY_IS_CONVERSATION_ROW (self));

  self->item = NULL;
  g_signal_group_set_target (self->conversation_signals, NULL);
  g_signal_group_set_target (self->contact_signals, NULL);
  g_signal_group_set_target (self->message_signals, NULL);
  g_clear_object (&self->conversation);
  g_clear_object (&self->account);
}

LobbyConversation *
lobby_conversation_row_get_conversation (LobbyConversationRow *self)
{
  g_return_val_if_fail (LOBBY_IS_CONVERSATION_ROW (self), NULL);

  return self->conversation;
}

void
lobby_conversation_row_set_open (LobbyConversationRow *self,
                                 gboolean open)
{
  LobbyConversation *conversation = self->conversation;

  if (self->open == open)
    return;
  self->open = open;
  if (conversation == NULL)
    return;
  update_preview (self, conversation);
  update_words (self, conversation);
}

void
lobby_conversation_row_update_time (LobbyConversationRow *self)
{
  LobbyConversation *conversation = self->conversation;

  if (conversation != NULL)
    update_time (self, conversation);
}
