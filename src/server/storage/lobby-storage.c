/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "lobby-server"

#include "lobby-storage.h"

#include <string.h>

#include "lobby-json.h"
#include "lobby-wire-reader.h"

G_DEFINE_QUARK (lobby-storage-error-quark, lobby_storage_error)
G_DEFINE_INTERFACE (LobbyStorage, lobby_storage, G_TYPE_OBJECT)

static void
lobby_storage_default_init (LobbyStorageInterface *iface)
{
  /* The argument is a GPtrArray of LobbyLogEvent *, in order. */
  g_signal_new ("committed", LOBBY_TYPE_STORAGE, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                G_TYPE_NONE, 1, G_TYPE_PTR_ARRAY);
}

static void
clear_event (gpointer data)
{
  LobbyLogEvent *event = data;

  g_free (event->business_id);
  g_free (event->name);
  g_free (event->payload);
  g_free (event->except);
}

LobbyLogEvent *
lobby_log_event_ref (LobbyLogEvent *event)
{
  return g_rc_box_acquire (event);
}

void
lobby_log_event_unref (LobbyLogEvent *event)
{
  if (event != NULL)
    g_rc_box_release_full (event, clear_event);
}

char *
lobby_log_event_encode_seq (const LobbyLogEvent *event)
{
  g_autoptr (JsonObject) json = json_object_new ();

  json_object_set_int_member (json, "seq", event->seq);
  json_object_set_string_member (json, "businessProfileId", event->business_id);
  return lobby_json_object_to_string (json);
}

void
lobby_agent_free (LobbyAgent *agent)
{
  if (agent == NULL)
    return;
  g_free (agent->id);
  g_free (agent->name);
  g_free (agent->user);
  g_free (agent->role);
  g_free (agent);
}

void
lobby_token_free (LobbyToken *token)
{
  if (token == NULL)
    return;
  g_free (token->id);
  g_free (token->hash);
  g_free (token->agent_id);
  g_free (token->device);
  g_free (token);
}

void
lobby_business_free (LobbyBusiness *business)
{
  if (business == NULL)
    return;
  g_free (business->id);
  g_free (business->name);
  g_free (business);
}

static void
free_secret (char *text)
{
  if (text != NULL)
    explicit_bzero (text, strlen (text));
  g_free (text);
}

void
lobby_connection_free (LobbyConnection *connection)
{
  if (connection == NULL)
    return;
  g_free (connection->id);
  g_free (connection->business_id);
  g_free (connection->kind);
  g_free (connection->name);
  g_free (connection->phone_number);
  g_free (connection->graph_url);
  g_free (connection->phone_number_id);
  g_free (connection->waba_id);
  free_secret (connection->access_token);
  free_secret (connection->app_secret);
  free_secret (connection->verify_token);
  g_free (connection->gateway_url);
  free_secret (connection->gateway_key);
  g_free (connection->gateway_session);
  free_secret (connection->webhook_key);
  g_free (connection->state);
  g_free (connection->reason);
  g_free (connection->step);
  g_free (connection->qr);
  g_free (connection->code);
  g_clear_pointer (&connection->alerts, g_ptr_array_unref);
  g_free (connection);
}

LobbyConnection *
lobby_connection_copy (const LobbyConnection *from)
{
  LobbyConnection *to = g_new0 (LobbyConnection, 1);

  *to = *from;
  to->id = g_strdup (from->id);
  to->business_id = g_strdup (from->business_id);
  to->kind = g_strdup (from->kind);
  to->name = g_strdup (from->name);
  to->phone_number = g_strdup (from->phone_number);
  to->graph_url = g_strdup (from->graph_url);
  to->phone_number_id = g_strdup (from->phone_number_id);
  to->waba_id = g_strdup (from->waba_id);
  to->access_token = g_strdup (from->access_token);
  to->app_secret = g_strdup (from->app_secret);
  to->verify_token = g_strdup (from->verify_token);
  to->gateway_url = g_strdup (from->gateway_url);
  to->gateway_key = g_strdup (from->gateway_key);
  to->gateway_session = g_strdup (from->gateway_session);
  to->webhook_key = g_strdup (from->webhook_key);
  to->state = g_strdup (from->state);
  to->reason = g_strdup (from->reason);
  to->step = g_strdup (from->step);
  to->qr = g_strdup (from->qr);
  to->code = g_strdup (from->code);
  to->alerts = from->alerts != NULL ? g_ptr_array_ref (from->alerts) : NULL;
  return to;
}

void
lobby_identity_clear (LobbyIdentity *identity)
{
  g_clear_pointer (&identity->wa_id, g_free);
  g_clear_pointer (&identity->bsuid, g_free);
  g_clear_pointer (&identity->parent_bsuid, g_free);
  g_clear_pointer (&identity->lid, g_free);
  g_clear_pointer (&identity->username, g_free);
  g_clear_pointer (&identity->name, g_free);
}

void
lobby_inbound_message_free (LobbyInboundMessage *message)
{
  if (message == NULL)
    return;
  g_free (message->whatsapp_message_id);
  lobby_identity_clear (&message->customer);
  g_free (message->content);
  g_clear_pointer (&message->metadata, json_object_unref);
  g_free (message->quoted_whatsapp_id);
  g_free (message->reaction_whatsapp_id);
  g_free (message->media_remote_id);
  g_free (message->media_remote_url);
  g_free (message);
}

void
lobby_inbound_status_free (LobbyInboundStatus *status)
{
  if (status == NULL)
    return;
  g_free (status->whatsapp_message_id);
  g_free (status->opaque);
  g_free (status->error_title);
  g_free (status->error_message);
  g_free (status);
}

void
lobby_draft_free (LobbyDraft *draft)
{
  if (draft == NULL)
    return;
  g_free (draft->client_id);
  g_free (draft->content);
  g_free (draft->quoted_id);
  g_free (draft->reaction_id);
  g_free (draft->upload_id);
  g_clear_pointer (&draft->metadata, json_object_unref);
  lobby_media_file_free (draft->media);
  g_free (draft);
}

void
lobby_inbound_change_free (LobbyInboundChange *change)
{
  if (change == NULL)
    return;
  g_free (change->whatsapp_message_id);
  g_free (change->content);
  g_free (change);
}

void
lobby_inbound_call_free (LobbyInboundCall *call)
{
  if (call == NULL)
    return;
  g_free (call->whatsapp_call_id);
  lobby_identity_clear (&call->customer);
  g_free (call);
}

void
lobby_alert_free (LobbyAlert *alert)
{
  if (alert == NULL)
    return;
  g_free (alert->id);
  g_free (alert->severity);
  g_free (alert->title);
  g_free (alert->message);
  g_free (alert);
}

void
lobby_template_free (LobbyTemplate *template)
{
  if (template == NULL)
    return;
  g_free (template->id);
  g_free (template->connection_id);
  g_free (template->remote_id);
  g_free (template->name);
  g_free (template->language);
  g_free (template->category);
  g_free (template->status);
  g_free (template->quality);
  g_free (template->rejected_reason);
  g_free (template->parameter_format);
  g_clear_pointer (&template->components, json_array_unref);
  g_free (template);
}

JsonObject *
lobby_template_to_json (const LobbyTemplate *template)
{
  JsonObject *json = json_object_new ();

  lobby_json_set_string (json, "id", template->id);
  lobby_json_set_string (json, "connection_id", template->connection_id);
  lobby_json_set_string (json, "name", template->name);
  lobby_json_set_string (json, "language", template->language);
  lobby_json_set_string (json, "category", template->category);
  lobby_json_set_string (json, "status", template->status);
  lobby_json_set_string (json, "quality", template->quality);
  if (template->rejected_reason != NULL && *template->rejected_reason != '\0')
    json_object_set_string_member (json, "rejected_reason", template->rejected_reason);
  lobby_json_set_string (json, "parameter_format", template->parameter_format);
  json_object_set_array_member (json, "components", json_array_ref (template->components));
  lobby_wire_set_time (json, "updated_at", template->updated_at);
  return json;
}

void
lobby_outbound_free (LobbyOutbound *outbound)
{
  if (outbound == NULL)
    return;
  g_free (outbound->message_id);
  g_free (outbound->conversation_id);
  g_free (outbound->connection_id);
  g_free (outbound->to_phone);
  g_free (outbound->to_bsuid);
  g_free (outbound->to_lid);
  g_free (outbound->content);
  g_clear_pointer (&outbound->metadata, json_object_unref);
  g_free (outbound->quoted_whatsapp_id);
  g_free (outbound->target_whatsapp_id);
  lobby_media_file_free (outbound->media);
  g_free (outbound);
}

void
lobby_outbound_head_free (LobbyOutboundHead *head)
{
  if (head == NULL)
    return;
  g_free (head->message_id);
  g_free (head->conversation_id);
  g_free (head);
}

void
lobby_delivery_free (LobbyDelivery *delivery)
{
  if (delivery == NULL)
    return;
  g_free (delivery->connection_id);
  g_bytes_unref (delivery->body);
  g_free (delivery);
}

void
lobby_media_job_free (LobbyMediaJob *job)
{
  if (job == NULL)
    return;
  g_free (job->message_id);
  g_free (job->connection_id);
  g_free (job->remote_id);
  g_free (job->remote_url);
  g_free (job);
}

void
lobby_media_file_free (LobbyMediaFile *file)
{
  if (file == NULL)
    return;
  g_free (file->id);
  g_free (file->path);
  g_free (file->mime_type);
  g_free (file->file_name);
  g_free (file->sha256);
  g_free (file->kind);
  g_free (file);
}

static void
set_positive (JsonObject *metadata,
              const char *name,
              gint64 value)
{
  if (value > 0)
    json_object_set_int_member (metadata, name, value);
}

void
lobby_media_file_describe (const LobbyMediaFile *file,
                           JsonObject *metadata)
{
  json_object_set_string_member (metadata, "media_state", "ready");
  json_object_remove_member (metadata, "media_error");
  lobby_json_set_string (metadata, "mime_type", file->mime_type);
  lobby_json_set_string (metadata, "file_name", file->file_name);
  json_object_set_string_member (metadata, "sha256", file->sha256);
  json_object_set_int_member (metadata, "file_size", file->size);
  set_positive (metadata, "width", file->width);
  set_positive (metadata, "height", file->height);
  set_positive (metadata, "duration", file->duration);
  if (file->thumbnail == LOBBY_THUMBNAIL_READY)
    lobby_media_set_thumbnail (metadata, file->thumbnail_width, file->thumbnail_height);
}

void
lobby_media_set_thumbnail (JsonObject *metadata,
                           int width,
                           int height)
{
  JsonObject *thumbnail = json_object_new ();

  json_object_set_int_member (thumbnail, "width", width);
  json_object_set_int_member (thumbnail, "height", height);
  json_object_set_object_member (metadata, "thumbnail", thumbnail);
}

void
lobby_media_facts_free (LobbyMediaFacts *facts)
{
  if (facts == NULL)
    return;
  g_free (facts->sha256);
  g_free (facts->mime_type);
  g_free (facts);
}

void
lobby_upload_free (LobbyUpload *upload)
{
  if (upload == NULL)
    return;
  g_free (upload->id);
  g_free (upload->business_id);
  g_free (upload->agent_id);
  g_free (upload->connection_id);
  g_free (upload->kind);
  g_free (upload->file_name);
  g_free (upload->told_type);
  g_free (upload->told_sha256);
  g_free (upload->sha256);
  g_free (upload);
}
