/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "lobby-server"

#include "lobby-rest-private.h"

#include "lobby-json.h"
#include "lobby-log.h"

#define BUSY_SECONDS "1"

G_DEFINE_FINAL_TYPE (LobbyRest, lobby_rest, G_TYPE_OBJECT)

/* Answers */

void
lobby_rest_answer_not_found (LobbyHttpExchange *exchange)
{
  lobby_http_exchange_answer_error (exchange, 404, "not_found", "There is no such thing, or it is not yours to see");
}

void
lobby_rest_answer_forbidden (LobbyHttpExchange *exchange)
{
  lobby_http_exchange_answer_error (exchange, 403, "forbidden", "Only an owner may do this");
}

void
lobby_rest_answer_bad (LobbyHttpExchange *exchange,
                       const char *message)
{
  lobby_http_exchange_answer_error (exchange, 400, "bad_request", message);
}

void
lobby_rest_answer_busy (LobbyHttpExchange *exchange)
{
  lobby_http_exchange_add_header (exchange, "Retry-After", BUSY_SECONDS);
  lobby_http_exchange_answer_error (exchange, 503, "busy", "The server cannot do this now. Ask again");
}

void
lobby_rest_answer_storage_error (LobbyHttpExchange *exchange,
                                 const GError *error)
{
  if (g_error_matches (error, LOBBY_STORAGE_ERROR, LOBBY_STORAGE_ERROR_NOT_FOUND))
    lobby_rest_answer_not_found (exchange);
  else if (g_error_matches (error, LOBBY_STORAGE_ERROR, LOBBY_STORAGE_ERROR_CLIENT_ID_REUSED))
    lobby_http_exchange_answer_error (exchange, 409, "client_id_reused", error->message);
  else if (g_error_matches (error, LOBBY_STORAGE_ERROR, LOBBY_STORAGE_ERROR_WINDOW_CLOSED))
    lobby_http_exchange_answer_error (exchange, 422, "window_closed", "This customer last wrote more than 24 hours ago. Send a template.");
  else if (g_error_matches (error, LOBBY_STORAGE_ERROR, LOBBY_STORAGE_ERROR_NO_UPLOAD))
    lobby_http_exchange_answer_error (exchange, 422, "media_not_found", "The file is not on the server (any more). Attach it again.");
  else if (g_error_matches (error, LOBBY_STORAGE_ERROR, LOBBY_STORAGE_ERROR_FULL))
    lobby_http_exchange_answer_error (exchange, 507, "storage_full", "The server has no room left; nothing was kept");
  else if (g_error_matches (error, LOBBY_STORAGE_ERROR, LOBBY_STORAGE_ERROR_BUSY))
    {
      lobby_log_event (G_LOG_LEVEL_WARNING, "rest", "a request has to be asked again", "reason", error->message, NULL);
      lobby_rest_answer_busy (exchange);
    }
  else
    {
      lobby_log_event (G_LOG_LEVEL_WARNING, "rest", "request failed", "reason", error->message, NULL);
      lobby_http_exchange_answer_error (exchange, 500, "internal", "The server could not do this");
    }
}

typedef struct
{
  LobbyRest *rest;
  LobbyHttpExchange *exchange;
  guint status;
  JsonObject *json;
  LobbyRestCommitted committed;
  gpointer data;
  GDestroyNotify free_data;
} Answer;

static void
on_committed (const GError *error,
              gpointer data)
{
  Answer *answer = data;

  if (error == NULL && answer->committed != NULL)
    answer->committed (answer->rest, answer->data);
  if (error != NULL)
    lobby_rest_answer_storage_error (answer->exchange, error);
  else if (answer->json != NULL)
    lobby_http_exchange_answer_json (answer->exchange, answer->status, lobby_json_object_to_string (answer->json));
  else
    {
      g_autoptr (GBytes) nothing = g_bytes_new (NULL, 0);

      lobby_http_exchange_answer (answer->exchange, answer->status, NULL, nothing);
    }
  g_clear_pointer (&answer->json, json_object_unref);
  if (answer->free_data != NULL)
    answer->free_data (answer->data);
  g_object_unref (answer->rest);
  g_free (answer);
}

void
lobby_rest_answer_then (LobbyRest *self,
                        LobbyHttpExchange *exchange,
                        guint status,
                        JsonObject *json,
                        LobbyRestCommitted committed,
                        gpointer data,
                        GDestroyNotify free_data)
{
  Answer *answer = g_new (Answer, 1);

  *answer = (Answer){ g_object_ref (self), exchange, status, json, committed, data, free_data };
  lobby_storage (self->storage, after_commit, on_committed, answer);
}

void
lobby_rest_answer (LobbyRest *self,
                   LobbyHttpExchange *exchange,
                   guint status,
                   JsonObject *json)
{
  lobby_rest_answer_then (self, exchange, status, json, NULL, NULL, NULL);
}

void
lobby_rest_answer_whatsapp_error (LobbyHttpExchange *exchange,
                                  const GError *error)
{
  if (error->domain == LOBBY_STORAGE_ERROR)
    lobby_rest_answer_storage_error (exchange, error);
  else if (g_error_matches (error, LOBBY_SEND_ERROR, LOBBY_SEND_ERROR_REFUSED))
    lobby_http_exchange_answer_error (exchange, 422, "refused", error->message);
  else if (g_error_matches (error, LOBBY_SEND_ERROR, LOBBY_SEND_ERROR_HOLD_ACCOUNT))
    lobby_http_exchange_answer_error (exchange, 502, "connection_held", error->message);
  else
    lobby_http_exchange_answer_error (exchange, 502, "whatsapp_unavailable", error->message);
}

/* Requests */

JsonObject *
lobby_rest_body (LobbyHttpExchange *exchange)
{
  g_autoptr (GError) error = NULL;
  GBytes *body = lobby_http_exchange_get_body (exchange);
  JsonObject *json = lobby_json_parse_object (g_bytes_get_data (body, NULL), (gssize)g_bytes_get_size (body), &error);

  if (json == NULL)
    lobby_http_exchange_answer_error (exchange, 400, "bad_json", "The body must be a JSON object");
  return json;
}

LobbyWireContact *
lobby_rest_contact (LobbyRest *self,
                    LobbyHttpExchange *exchange,
                    const LobbyAgent *agent,
                    const char *name)
{
  const char *id = lobby_http_exchange_get_parameter (exchange, name);
  g_autoptr (LobbyWireContact) contact = lobby_storage (self->storage, get_contact, id);

  if (contact != NULL && lobby_storage (self->storage, agent_may, agent->id, contact->business_id))
    return g_steal_pointer (&contact);
  lobby_rest_answer_not_found (exchange);
  return NULL;
}

LobbyConnection *
lobby_rest_connection (LobbyRest *self,
                       LobbyHttpExchange *exchange,
                       const LobbyAgent *agent,
                       const char *id)
{
  g_autoptr (LobbyConnection) connection = id != NULL ? lobby_storage (self->storage, get_connection, id) : NULL;

  if (connection != NULL && lobby_storage (self->storage, agent_may, agent->id, connection->business_id))
    return g_steal_pointer (&connection);
  lobby_rest_answer_not_found (exchange);
  return NULL;
}

gboolean
lobby_rest_query_number (LobbyHttpExchange *exchange,
                         const char *name,
                         guint minimum,
                         guint maximum,
                         guint fallback,
                         guint *number)
{
  const char *text = lobby_http_exchange_get_query (exchange, name);
  guint64 value = fallback;

  if (text != NULL && !g_ascii_string_to_unsigned (text, 10, minimum, maximum, &value, NULL))
    {
      g_autofree char *message = g_strdup_printf ("%s must be a number from %u to %u", name, minimum, maximum);

      lobby_rest_answer_bad (exchange, message);
      return FALSE;
    }
  *number = (guint)value;
  return TRUE;
}

/* The object */

static void
lobby_rest_finalize (GObject *object)
{
  LobbyRest *self = LOBBY_REST (object);

  g_clear_object (&self->storage);
  g_clear_object (&self->hub);
  g_clear_object (&self->whatsapp);
  g_clear_object (&self->uploads);
  lobby_sign_in_limit_free (self->sign_in_limit);
  g_ptr_array_unref (self->guards);
  g_free (self->public_url);
  g_free (self->metrics_token);
  G_OBJECT_CLASS (lobby_rest_parent_class)->finalize (object);
}

static void
lobby_rest_class_init (LobbyRestClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = lobby_rest_finalize;
}

static void
lobby_rest_init (LobbyRest *self)
{
  self->sign_in_limit = lobby_sign_in_limit_new ();
  self->guards = g_ptr_array_new_with_free_func (g_free);
}

LobbyRest *
lobby_rest_new (LobbyHttpServer *http,
                LobbyStorage *storage,
                LobbyHub *hub,
                LobbyWhatsapp *whatsapp)
{
  LobbyRest *self = g_object_new (LOBBY_TYPE_REST, NULL);

  self->storage = g_object_ref (storage);
  self->hub = g_object_ref (hub);
  self->whatsapp = g_object_ref (whatsapp);
  self->uploads = lobby_uploads_new (storage);
  lobby_rest_add_session_routes (self, http);
  lobby_rest_add_token_routes (self, http);
  lobby_rest_add_business_routes (self, http);
  lobby_rest_add_connection_routes (self, http);
  lobby_rest_add_template_routes (self, http);
  lobby_rest_add_number_routes (self, http);
  lobby_rest_add_contact_routes (self, http);
  lobby_rest_add_picture_routes (self, http);
  lobby_rest_add_conversation_routes (self, http);
  lobby_rest_add_message_routes (self, http);
  lobby_rest_add_media_routes (self, http);
  lobby_rest_add_upload_routes (self, http);
  lobby_rest_add_health_route (self, http);
  lobby_rest_add_metrics_route (self, http);
  return self;
}
