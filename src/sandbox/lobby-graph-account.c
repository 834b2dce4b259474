/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lobby-sandbox-private.h"

#include <string.h>

#include "lobby-graph-error.h"
#include "lobby-graph-validate.h"
#include "lobby-json.h"

/*
 * The life of a template: made, reviewed after a while, approved or rejected, perhaps paused; and the webhooks that tell of it. The
 * list itself is lobby-graph-template.c's.
 */

#define PAGE 25
#define MAX_PAGE 1000
#define FIRST_ID G_GINT64_CONSTANT (594425479270000)

static void
tell (LobbySandbox *self,
      const char *field,
      JsonObject *template,
      const char *const *members)
{
  JsonObject *value = json_object_new ();

  /* Here, and nowhere else, a template's id is a number. */
  json_object_set_int_member (value, "message_template_id", g_ascii_strtoll (json_object_get_string_member (template, "id"), NULL, 10));
  json_object_set_string_member (value, "message_template_name", json_object_get_string_member (template, "name"));
  json_object_set_string_member (value, "message_template_language", json_object_get_string_member (template, "language"));
  for (guint i = 0; members[i]; i += 2)
    json_object_set_string_member (value, members[i], members[i + 1]);
  lobby_deliverer_push (self->deliverer, lobby_update_new_field (field, field, value));
}

static void
set_status (LobbySandbox *self,
            JsonObject *template,
            const char *status,
            const char *reason)
{
  const char *const members[] = { "event", status, "reason", reason, NULL };

  json_object_set_string_member (template, "status", status);
  json_object_set_string_member (template, "rejected_reason", g_str_equal (status, "REJECTED") ? reason : "NONE");
  tell (self, "message_template_status_update", template, members);
}

typedef struct
{
  LobbySandbox *sandbox;
  char *id;
} Review;

static void
review_free (gpointer data)
{
  Review *review = data;

  g_free (review->id);
  g_free (review);
}

static void
decide (gpointer data)
{
  Review *review = data;
  LobbySandbox *self = review->sandbox;
  JsonObject *template = lobby_graph_find_template (review->id);
  gboolean rejected = g_rand_double (self->dice) < self->knobs.template_reject;

  /* Deleted, or a tester decided. */
  if (!template || !g_str_equal (json_object_get_string_member (template, "status"), "PENDING"))
    return;
  set_status (self, template, rejected ? "REJECTED" : "APPROVED", rejected ? "INVALID_FORMAT" : "NONE");
}

/* The Graph API */

static gboolean
is_name (const char *name)
{
  return name && *name && strspn (name, "abcdefghijklmnopqrstuvwxyz0123456789_") == strlen (name);
}

static gboolean
check_new (JsonObject *request,
           GError **error)
{
  const char *name = lobby_json_get_string (request, "name", 512);
  const char *language = lobby_json_get_string (request, "language", 16);
  const char *category = lobby_json_get_string (request, "category", 64);
  JsonArray *components = lobby_json_get_array (request, "components");
  JsonObject *body = lobby_graph_find_component (components, "BODY");
  const char *text = lobby_json_get_string (body, "text", 1024);

  if (!is_name (name))
    return lobby_graph_refuse (error, 100, "Message template \"name\" can only have lowercase letters and underscores.");
  if (!language || !category)
    return lobby_graph_refuse (error, 100, "The parameter %s is required.", language ? "category" : "language");
  if (!g_str_equal (category, "UTILITY") && !g_str_equal (category, "MARKETING") && !g_str_equal (category, "AUTHENTICATION"))
    return lobby_graph_refuse (error, 100, "Param category must be one of {UTILITY, MARKETING, AUTHENTICATION}");
  if (!body || (!text && !g_str_equal (category, "AUTHENTICATION")))
    return lobby_graph_refuse (error, 100, "Component of type BODY is missing");
  if (text && (g_str_has_prefix (text, "{{") || g_str_has_suffix (text, "}}")))
    return lobby_graph_refuse (error, 100, "Variables can't be at the start or end of the template.");
  if (lobby_graph_find_template_named (name, language))
    return lobby_graph_refuse (error, 100, "There is already %s content for this template. You can create a new template and try again.", language);
  return TRUE;
}

static void
create (LobbySandbox *self,
        SoupServerMessage *message)
{
  static gint64 made;
  g_autoptr (GError) error = NULL;
  g_autoptr (JsonObject) request = lobby_request_json (message, &error);
  JsonArray *all = lobby_graph_templates ();
  JsonObject *template, *quality, *answer;
  g_autofree char *id = NULL;
  Review *review;

  if (!request || !check_new (request, &error))
    {
      lobby_answer_graph_error (message, error);
      return;
    }
  id = g_strdup_printf ("%" G_GINT64_FORMAT, FIRST_ID + ++made);
  template = json_object_ref (request);
  quality = json_object_new ();
  json_object_set_string_member (quality, "score", "UNKNOWN");
  json_object_set_object_member (template, "quality_score", quality);
  json_object_set_string_member (template, "id", id);
  json_object_set_string_member (template, "status", "PENDING");
  json_object_set_string_member (template, "rejected_reason", "NONE");
  if (!json_object_has_member (template, "parameter_format"))
    json_object_set_string_member (template, "parameter_format", "POSITIONAL");
  json_array_add_object_element (all, template);

  if (self->knobs.template_review_ms >= 0)
    {
      review = g_new0 (Review, 1);
      review->sandbox = self;
      review->id = g_strdup (id);
      lobby_schedule_add (self->schedule, self->knobs.template_review_ms, decide, review, review_free);
    }
  answer = json_object_new ();
  json_object_set_string_member (answer, "id", id);
  json_object_set_string_member (answer, "status", "PENDING");
  json_object_set_string_member (answer, "category", json_object_get_string_member (template, "category"));
  lobby_answer_json (message, 200, answer);
}

/* All languages of the name, or the one of the id. */
static void delete (LobbySandbox *self,
                    SoupServerMessage *message,
                    GHashTable *query)
{
  JsonArray *all = lobby_graph_templates ();
  const char *name = query ? g_hash_table_lookup (query, "name") : NULL;
  const char *id = query ? g_hash_table_lookup (query, "hsm_id") : NULL;
  g_autoptr (GError) error = NULL;
  guint count = 0;

  for (guint i = json_array_get_length (all); name && i > 0; i--)
    {
      JsonObject *template = json_array_get_object_element (all, i - 1);

      if (!g_str_equal (json_object_get_string_member (template, "name"), name)
          || (id && !g_str_equal (json_object_get_string_member (template, "id"), id)))
        continue;
      json_array_remove_element (all, i - 1);
      count++;
    }
  if (count > 0)
    lobby_answer_success (message);
  else
    {
      lobby_graph_refuse (&error, 100, "Message template name %s was not found.", name ? name : "");
      lobby_answer_graph_error (message, error);
    }
}

static guint
query_number (GHashTable *query,
              const char *name,
              guint fallback,
              guint highest)
{
  const char *text = query ? g_hash_table_lookup (query, name) : NULL;
  guint64 number;

  return text && g_ascii_string_to_unsigned (text, 10, 0, highest, &number, NULL) ? (guint)number : fallback;
}

static gboolean
is_wanted (JsonObject *template,
           GHashTable *query)
{
  const char *name = query ? g_hash_table_lookup (query, "name") : NULL;
  const char *status = query ? g_hash_table_lookup (query, "status") : NULL;

  return (!name || strstr (json_object_get_string_member (template, "name"), name))
         && (!status || g_str_equal (json_object_get_string_member (template, "status"), status));
}

/* A page; the cursor is the number of those before. */
static void
list (LobbySandbox *self,
      SoupServerMessage *message,
      GHashTable *query)
{
  JsonArray *all = lobby_graph_templates (), *data = json_array_new ();
  guint limit = MAX (1, query_number (query, "limit", PAGE, MAX_PAGE)), before = query_number (query, "after", 0, G_MAXINT), n = 0;
  JsonObject *page = json_object_new (), *paging = json_object_new (), *cursors = json_object_new ();
  g_autofree char *before_text = g_strdup_printf ("%u", before);
  g_autofree char *after = NULL;

  for (guint i = 0; i < json_array_get_length (all); i++)
    {
      JsonObject *template = json_array_get_object_element (all, i);

      if (!is_wanted (template, query) || n++ < before || json_array_get_length (data) == limit)
        continue;
      json_array_add_object_element (data, lobby_graph_pick_fields (json_object_ref (template), query, "id"));
    }
  after = g_strdup_printf ("%u", before + json_array_get_length (data));
  json_object_set_string_member (cursors, "before", before_text);
  json_object_set_string_member (cursors, "after", after);
  json_object_set_object_member (paging, "cursors", cursors);
  if (n > before + json_array_get_length (data))
    {
      g_autofree char *next = g_strdup_printf ("%s/v25.0/%s/message_templates?after=%s", self->url, self->business.waba, after);

      json_object_set_string_member (paging, "next", next);
    }
  json_object_set_array_member (page, "data", data);
  json_object_set_object_member (page, "paging", paging);
  lobby_answer_json (message, 200, page);
}

void
lobby_graph_account_templates (LobbySandbox *self,
                               SoupServerMessage *message,
                               GHashTable *query)
{
  const char *method = soup_server_message_get_method (message);

  if (g_str_equal (method, "POST"))
    create (self, message);
  else if (g_str_equal (method, "DELETE"))
    delete (self, message, query);
  else
    list (self, message, query);
}

/* The testers' */

static void
set_quality (LobbySandbox *self,
             JsonObject *template,
             const char *quality)
{
  JsonObject *score = json_object_get_object_member (template, "quality_score");
  const char *const members[] = { "previous_quality_score", json_object_get_string_member (score, "score"), "new_quality_score", quality, NULL };

  tell (self, "message_template_quality_update", template, members);
  json_object_set_string_member (score, "score", quality);
}

static void
set_category (LobbySandbox *self,
              JsonObject *template,
              const char *category)
{
  const char *const members[] = { "previous_category", json_object_get_string_member (template, "category"), "new_category", category, NULL };

  tell (self, "template_category_update", template, members);
  json_object_set_string_member (template, "category", category);
}

/* WhatsApp's side edits the words of the body. */
static void
set_body (LobbySandbox *self,
          JsonObject *template,
          const char *text)
{
  const char *const members[] = { "message_template_element", text, NULL };

  json_object_set_string_member (lobby_graph_find_component (json_object_get_array_member (template, "components"), "BODY"), "text", text);
  tell (self, "message_template_components_update", template, members);
}

void
lobby_control_template (LobbySandbox *self,
                        SoupServerMessage *message,
                        JsonObject *body,
                        GHashTable *query)
{
  const char *name = lobby_json_get_string (body, "name", 512), *language = lobby_json_get_string (body, "language", 16);
  const char *status = lobby_json_get_string (body, "status", 64), *reason = lobby_json_get_string (body, "reason", 256);
  const char *quality = lobby_json_get_string (body, "quality", 64), *category = lobby_json_get_string (body, "category", 64);
  const char *text = lobby_json_get_string (body, "body", 1024);
  JsonObject *template = name && language ? lobby_graph_find_template_named (name, language) : NULL;

  if (!template)
    {
      lobby_answer_problem (message, 404, "there is no such template");
      return;
    }
  if (quality)
    set_quality (self, template, quality);
  if (category)
    set_category (self, template, category);
  if (text)
    set_body (self, template, text);
  if (status)
    set_status (self, template, status, reason ? reason : "NONE");
  lobby_answer_json (message, 200, json_object_ref (template));
}
