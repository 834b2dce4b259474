/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "lobby-model"

#include "lobby-records.h"

#include <string.h>

/* Where the owned strings of each record lie, so that making a copy and freeing cannot forget one. */
static const size_t contact_strings[] = {
  G_STRUCT_OFFSET (LobbyContactRecord, id),
  G_STRUCT_OFFSET (LobbyContactRecord, business_id),
  G_STRUCT_OFFSET (LobbyContactRecord, name),
  G_STRUCT_OFFSET (LobbyContactRecord, phone_number),
  G_STRUCT_OFFSET (LobbyContactRecord, username),
  G_STRUCT_OFFSET (LobbyContactRecord, picture_url),
  G_STRUCT_OFFSET (LobbyContactRecord, about),
};

static const size_t conversation_strings[] = {
  G_STRUCT_OFFSET (LobbyConversationRecord, id),
  G_STRUCT_OFFSET (LobbyConversationRecord, business_id),
  G_STRUCT_OFFSET (LobbyConversationRecord, contact_id),
  G_STRUCT_OFFSET (LobbyConversationRecord, connection_id),
  G_STRUCT_OFFSET (LobbyConversationRecord, read_up_to),
};

static const size_t message_strings[] = {
  G_STRUCT_OFFSET (LobbyMessageRecord, id),
  G_STRUCT_OFFSET (LobbyMessageRecord, client_id),
  G_STRUCT_OFFSET (LobbyMessageRecord, conversation_id),
  G_STRUCT_OFFSET (LobbyMessageRecord, content),
  G_STRUCT_OFFSET (LobbyMessageRecord, agent_id),
  G_STRUCT_OFFSET (LobbyMessageRecord, media_url),
  G_STRUCT_OFFSET (LobbyMessageRecord, mime_type),
  G_STRUCT_OFFSET (LobbyMessageRecord, file_name),
  G_STRUCT_OFFSET (LobbyMessageRecord, waveform),
  G_STRUCT_OFFSET (LobbyMessageRecord, quoted_id),
  G_STRUCT_OFFSET (LobbyMessageRecord, quoted_text),
  G_STRUCT_OFFSET (LobbyMessageRecord, reaction_to),
  G_STRUCT_OFFSET (LobbyMessageRecord, error_text),
  G_STRUCT_OFFSET (LobbyMessageRecord, extra),
};

static const size_t status_strings[] = {
  G_STRUCT_OFFSET (LobbyStatusRecord, message_id),
  G_STRUCT_OFFSET (LobbyStatusRecord, client_id),
  G_STRUCT_OFFSET (LobbyStatusRecord, error_text),
};

static void
free_record (gpointer record,
             const size_t *strings,
             size_t n_strings)
{
  if (record == NULL)
    return;
  for (size_t i = 0; i < n_strings; i++)
    g_free (G_STRUCT_MEMBER (char *, record, strings[i]));
  g_free (record);
}

static gpointer
copy_record (gconstpointer record,
             size_t size,
             const size_t *strings,
             size_t n_strings)
{
  gpointer copy = g_memdup2 (record, size);

  for (size_t i = 0; i < n_strings; i++)
    G_STRUCT_MEMBER (char *, copy, strings[i]) = g_strdup (G_STRUCT_MEMBER (char *, copy, strings[i]));
  return copy;
}

#define FREE_RECORD(record, strings) free_record ((record), (strings), G_N_ELEMENTS (strings))
#define COPY_RECORD(record, strings) copy_record ((record), sizeof *(record), (strings), G_N_ELEMENTS (strings))

GType
lobby_model_status_get_type (void)
{
  static gsize type = 0;
  static const GEnumValue values[] = {
    { LOBBY_MODEL_STATUS_PENDING, "LOBBY_MODEL_STATUS_PENDING", "pending" },
    { LOBBY_MODEL_STATUS_SENT, "LOBBY_MODEL_STATUS_SENT", "sent" },
    { LOBBY_MODEL_STATUS_DELIVERED, "LOBBY_MODEL_STATUS_DELIVERED", "delivered" },
    { LOBBY_MODEL_STATUS_READ, "LOBBY_MODEL_STATUS_READ", "read" },
    { LOBBY_MODEL_STATUS_PLAYED, "LOBBY_MODEL_STATUS_PLAYED", "played" },
    { LOBBY_MODEL_STATUS_FAILED, "LOBBY_MODEL_STATUS_FAILED", "failed" },
    { 0, NULL, NULL },
  };

  if (g_once_init_enter (&type))
    g_once_init_leave (&type, g_enum_register_static ("LobbyModelStatus", values));
  return type;
}

GType
lobby_model_type_get_type (void)
{
  static gsize type = 0;
  static const GEnumValue values[] = {
    { LOBBY_MODEL_TEXT, "LOBBY_MODEL_TEXT", "text" },
    { LOBBY_MODEL_IMAGE, "LOBBY_MODEL_IMAGE", "image" },
    { LOBBY_MODEL_VIDEO, "LOBBY_MODEL_VIDEO", "video" },
    { LOBBY_MODEL_AUDIO, "LOBBY_MODEL_AUDIO", "audio" },
    { LOBBY_MODEL_VOICE, "LOBBY_MODEL_VOICE", "voice" },
    { LOBBY_MODEL_DOCUMENT, "LOBBY_MODEL_DOCUMENT", "document" },
    { LOBBY_MODEL_STICKER, "LOBBY_MODEL_STICKER", "sticker" },
    { LOBBY_MODEL_LOCATION, "LOBBY_MODEL_LOCATION", "location" },
    { LOBBY_MODEL_CONTACTS, "LOBBY_MODEL_CONTACTS", "contacts" },
    { LOBBY_MODEL_TEMPLATE, "LOBBY_MODEL_TEMPLATE", "template" },
    { LOBBY_MODEL_REACTION, "LOBBY_MODEL_REACTION", "reaction" },
    { LOBBY_MODEL_SYSTEM, "LOBBY_MODEL_SYSTEM", "system" },
    { LOBBY_MODEL_NOTE, "LOBBY_MODEL_NOTE", "note" },
    { LOBBY_MODEL_INTERACTIVE, "LOBBY_MODEL_INTERACTIVE", "interactive" },
    { LOBBY_MODEL_ORDER, "LOBBY_MODEL_ORDER", "order" },
    { LOBBY_MODEL_CALL, "LOBBY_MODEL_CALL", "call" },
    { LOBBY_MODEL_UNSUPPORTED, "LOBBY_MODEL_UNSUPPORTED", "unsupported" },
    { 0, NULL, NULL },
  };

  if (g_once_init_enter (&type))
    g_once_init_leave (&type, g_enum_register_static ("LobbyModelType", values));
  return type;
}

LobbyModelStatus
lobby_model_status_merge (LobbyModelStatus old_status,
                          LobbyModelStatus new_status)
{
  /* As the server merges: a receipt disproves a failure. */
  static const int ranks[] = {
    [LOBBY_MODEL_STATUS_PENDING] = 0,
    [LOBBY_MODEL_STATUS_SENT] = 1,
    [LOBBY_MODEL_STATUS_FAILED] = 2,
    [LOBBY_MODEL_STATUS_DELIVERED] = 3,
    [LOBBY_MODEL_STATUS_READ] = 4,
    [LOBBY_MODEL_STATUS_PLAYED] = 5,
  };

  return ranks[new_status] > ranks[old_status] ? new_status : old_status;
}

LobbyContactRecord *
lobby_contact_record_new (void)
{
  return g_new0 (LobbyContactRecord, 1);
}

void
lobby_contact_record_free (LobbyContactRecord *record)
{
  FREE_RECORD (record, contact_strings);
}

LobbyConversationRecord *
lobby_conversation_record_new (void)
{
  return g_new0 (LobbyConversationRecord, 1);
}

void
lobby_conversation_record_free (LobbyConversationRecord *record)
{
  if (record != NULL)
    g_strfreev (record->merged_ids);
  FREE_RECORD (record, conversation_strings);
}

static LobbyConversationRecord *
conversation_record_copy (const LobbyConversationRecord *record)
{
  LobbyConversationRecord *copy = COPY_RECORD (record, conversation_strings);

  copy->merged_ids = g_strdupv (record->merged_ids);
  return copy;
}

LobbyMessageRecord *
lobby_message_record_new (void)
{
  return g_new0 (LobbyMessageRecord, 1);
}

void
lobby_message_record_free (LobbyMessageRecord *record)
{
  FREE_RECORD (record, message_strings);
}

LobbyMessageRecord *
lobby_message_record_copy (const LobbyMessageRecord *record)
{
  return COPY_RECORD (record, message_strings);
}

gboolean
lobby_message_record_equal (const LobbyMessageRecord *a,
                            const LobbyMessageRecord *b)
{
  for (size_t i = 0; i < G_N_ELEMENTS (message_strings); i++)
    if (g_strcmp0 (G_STRUCT_MEMBER (char *, a, message_strings[i]), G_STRUCT_MEMBER (char *, b, message_strings[i])) != 0)
      return FALSE;

  return !a->outbound == !b->outbound && a->type == b->type && a->status == b->status && a->sent_at == b->sent_at
         && a->media_state == b->media_state && a->file_size == b->file_size && a->width == b->width
         && a->height == b->height && a->duration == b->duration && a->quoted_type == b->quoted_type
         && !a->quoted_outbound == !b->quoted_outbound && a->sent_time == b->sent_time
         && a->delivered_time == b->delivered_time && a->read_time == b->read_time && a->played_time == b->played_time
         && a->failed_time == b->failed_time && a->error_code == b->error_code;
}

void
lobby_status_record_free (LobbyStatusRecord *record)
{
  FREE_RECORD (record, status_strings);
}

LobbyChangeSet *
lobby_change_set_new (void)
{
  LobbyChangeSet *self = g_new0 (LobbyChangeSet, 1);

  self->contacts = g_ptr_array_new_with_free_func ((GDestroyNotify)lobby_contact_record_free);
  self->conversations = g_ptr_array_new_with_free_func ((GDestroyNotify)lobby_conversation_record_free);
  self->messages = g_ptr_array_new_with_free_func ((GDestroyNotify)lobby_message_record_free);
  self->statuses = g_ptr_array_new_with_free_func ((GDestroyNotify)lobby_status_record_free);
  return self;
}

gboolean
lobby_change_set_is_empty (LobbyChangeSet *self)
{
  return self->contacts->len == 0 && self->conversations->len == 0 && self->messages->len == 0
         && self->statuses->len == 0 && self->page_conversation == NULL && self->told_conversation == NULL && self->seq == 0;
}

LobbyChangeSet *
lobby_change_set_copy (LobbyChangeSet *self)
{
  LobbyChangeSet *copy = lobby_change_set_new ();

  copy->business_id = g_strdup (self->business_id);
  copy->seq = self->seq;
  copy->page_conversation = g_strdup (self->page_conversation);
  copy->page_is_last = self->page_is_last;
  copy->page_before = g_strdup (self->page_before);
  copy->told_conversation = g_strdup (self->told_conversation);
  copy->told_up_to = g_strdup (self->told_up_to);
  for (guint i = 0; i < self->contacts->len; i++)
    g_ptr_array_add (copy->contacts, COPY_RECORD ((LobbyContactRecord *)self->contacts->pdata[i], contact_strings));
  for (guint i = 0; i < self->conversations->len; i++)
    g_ptr_array_add (copy->conversations, conversation_record_copy (self->conversations->pdata[i]));
  for (guint i = 0; i < self->messages->len; i++)
    g_ptr_array_add (copy->messages, COPY_RECORD ((LobbyMessageRecord *)self->messages->pdata[i], message_strings));
  for (guint i = 0; i < self->statuses->len; i++)
    g_ptr_array_add (copy->statuses, COPY_RECORD ((LobbyStatusRecord *)self->statuses->pdata[i], status_strings));
  return copy;
}

void
lobby_change_set_free (LobbyChangeSet *self)
{
  if (self == NULL)
    return;
  g_free (self->business_id);
  g_free (self->page_conversation);
  g_free (self->page_before);
  g_free (self->told_conversation);
  g_free (self->told_up_to);
  g_ptr_array_unref (self->contacts);
  g_ptr_array_unref (self->conversations);
  g_ptr_array_unref (self->messages);
  g_ptr_array_unref (self->statuses);
  g_free (self);
}
