/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lobby-message-extra.h"

#include <glib/gi18n-lib.h>
#include <math.h>

#include "lobby-contact.h"
#include "lobby-json.h"
#include "lobby-message-words.h"

/* Of what a peer wrote, more is not shown. */
#define MAX_WORDS 1024
#define MAX_LINES 30
#define MAX_CHOICES 10
#define MAX_NUMBERS 5
#define MAX_FORM 65536
#define MAX_CALL (24 * 3600 * 1000) /* ms */

JsonObject *
lobby_message_extra_read (const LobbyMessageRecord *record)
{
  return record->extra != NULL ? lobby_json_parse_object (record->extra, -1, NULL) : NULL;
}

gboolean
lobby_message_extra_is_revoked (JsonObject *extra)
{
  return lobby_json_get_string (extra, "revoked_at", 64) != NULL;
}

gboolean
lobby_message_extra_is_edited (JsonObject *extra)
{
  return lobby_json_get_string (extra, "edited_at", 64) != NULL && !lobby_message_extra_is_revoked (extra);
}

gboolean
lobby_message_extra_has_thumbnail (JsonObject *extra)
{
  return lobby_json_get_object (extra, "thumbnail") != NULL;
}

const char *
lobby_message_extra_mark (JsonObject *extra,
                          const char **icon_name)
{
  JsonObject *interactive = lobby_json_get_object (extra, "interactive");

  *icon_name = NULL;
  if (extra == NULL || lobby_message_extra_is_revoked (extra))
    return NULL;

  if (lobby_json_get_boolean_or (extra, "frequently_forwarded", FALSE))
    {
      *icon_name = "mail-forward-symbolic";
      return _ ("Forwarded many times");
    }
  if (lobby_json_get_boolean_or (extra, "forwarded", FALSE))
    {
      *icon_name = "mail-forward-symbolic";
      return _ ("Forwarded");
    }
  if (lobby_json_get_object (extra, "button") != NULL || lobby_json_get_object (interactive, "button_reply") != NULL)
    {
      *icon_name = "object-select-symbolic";
      return _ ("Pressed a button");
    }
  if (lobby_json_get_object (interactive, "list_reply") != NULL)
    {
      *icon_name = "object-select-symbolic";
      return _ ("Chose from a list");
    }
  if (lobby_json_get_object (interactive, "nfm_reply") != NULL)
    {
      *icon_name = "object-select-symbolic";
      return _ ("Filled in a form");
    }

  return NULL;
}

static char *
describe_call (const LobbyMessageRecord *record,
               JsonObject *call)
{
  const char *status = lobby_json_get_string (call, "status", 64);
  gint64 duration = CLAMP (lobby_json_get_int_or (call, "duration", 0), 0, MAX_CALL);

  if (duration > 0)
    {
      g_autofree char *length = lobby_words_duration ((int)duration);

      return g_strdup_printf (record->outbound ? _ ("Outgoing call, %s") : _ ("Incoming call, %s"), length);
    }
  if (g_strcmp0 (status, "rejected") == 0)
    return g_strdup (_ ("Declined call"));
  if (g_strcmp0 (status, "missed") == 0)
    return g_strdup (record->outbound ? _ ("Call without an answer") : _ ("Missed call"));

  return g_strdup (record->outbound ? _ ("Outgoing call") : _ ("Incoming call"));
}

static char *
describe_notice (JsonObject *system)
{
  const char *type = lobby_json_get_string (system, "type", 64);
  const char *number = lobby_json_get_string (system, "wa_id", 32);

  if (g_strcmp0 (type, "user_changed_number") == 0 && number != NULL)
    {
      g_autofree char *full = g_strconcat (number[0] == '+' ? "" : "+", number, NULL);
      g_autofree char *formatted = lobby_words_number (full);

      return g_strdup_printf (_ ("The customer has a new number: %s"), formatted);
    }
  if (g_strcmp0 (type, "user_changed_user_id") == 0)
    return g_strdup (_ ("The customer has a new WhatsApp account"));
  if (g_strcmp0 (type, "customer_identity_changed") == 0)
    return g_strdup (_ ("The customer’s security code has changed"));

  return NULL;
}

static char *
describe_interactive (JsonObject *interactive)
{
  JsonObject *permission = lobby_json_get_object (interactive, "call_permission_reply");
  const char *body = lobby_json_get_string (lobby_json_get_object (interactive, "body"), "text", MAX_WORDS);

  if (permission == NULL)
    return g_strdup (body);

  return g_strdup (g_strcmp0 (lobby_json_get_string (permission, "response", 16), "accept") == 0 ? _ ("You may call this customer")
                                                                                                 : _ ("This customer does not want to be called"));
}

/* A kind this version does not show: honest words instead of nothing. */
static char *
describe_unsupported (JsonObject *unsupported)
{
  const char *type = lobby_json_get_string (unsupported, "type", 64);

  return type != NULL ? g_strdup_printf (_ ("A message of a kind that Lobby cannot show yet (%s). Look at it on the phone."), type)
                      : g_strdup (_ ("A message of a kind that Lobby cannot show yet. Look at it on the phone."));
}

char *
lobby_message_extra_words (const LobbyMessageRecord *record,
                           JsonObject *extra)
{
  const gboolean empty = record->content == NULL || record->content[0] == '\0';

  if (lobby_message_extra_is_revoked (extra))
    return g_strdup (record->outbound ? _ ("Your team deleted this message") : _ ("This message was deleted"));

  switch ((int)record->type)
    {
    case LOBBY_MODEL_CALL:
      return describe_call (record, lobby_json_get_object (extra, "call"));
    case LOBBY_MODEL_SYSTEM:
      return describe_notice (lobby_json_get_object (extra, "system"));
    case LOBBY_MODEL_UNSUPPORTED:
      return empty ? describe_unsupported (lobby_json_get_object (extra, "unsupported")) : NULL;
    case LOBBY_MODEL_INTERACTIVE:
      return empty ? describe_interactive (lobby_json_get_object (extra, "interactive")) : NULL;
    default:
      return NULL;
    }
}

const char *
lobby_message_extra_heading (JsonObject *extra)
{
  JsonObject *header = lobby_json_get_object (lobby_json_get_object (extra, "interactive"), "header");
  const char *heading = lobby_json_get_string (lobby_json_get_object (extra, "template_frame"), "header", MAX_WORDS);

  if (heading == NULL)
    heading = lobby_json_get_string (header, "text", MAX_WORDS);
  return heading != NULL && heading[0] != '\0' && !lobby_message_extra_is_revoked (extra) ? heading : NULL;
}

static void
add_line (GString *lines,
          const char *line)
{
  if (line == NULL || line[0] == '\0')
    return;
  if (lines->len > 0)
    g_string_append_c (lines, '\n');
  g_string_append (lines, line);
}

/* Prices come as numbers or as digits in a string. */
static double
price_of (JsonObject *item)
{
  const char *text = lobby_json_get_string (item, "item_price", 32);
  double price = text != NULL ? g_ascii_strtod (text, NULL) : lobby_json_get_double_or (item, "item_price", NAN);

  return isfinite (price) && fabs (price) < 1e12 ? price : NAN;
}

static gint64
quantity_of (JsonObject *item)
{
  return CLAMP (lobby_json_get_int_or (item, "quantity", 1), 0, 1000000);
}

static void
add_order_lines (GString *lines,
                 JsonArray *items)
{
  for (guint i = 0; i < MIN (lobby_json_array_length (items), MAX_LINES); i++)
    {
      JsonObject *item = lobby_json_array_object (items, i);
      const char *name = lobby_json_get_string (item, "product_retailer_id", MAX_WORDS);
      const char *currency = lobby_json_get_string (item, "currency", 8);
      double price = price_of (item);
      g_autofree char *line = NULL;

      if (isnan (price) || currency == NULL)
        line = g_strdup_printf ("%" G_GINT64_FORMAT " × %s", quantity_of (item), name != NULL ? name : "?");
      else
        line = g_strdup_printf ("%" G_GINT64_FORMAT " × %s, %.2f %s", quantity_of (item), name != NULL ? name : "?", price, currency);
      add_line (lines, line);
    }
}

/* The answers of a form: {"name": "value"}; tokens are nobody's concern. */
static void
add_form_lines (GString *lines,
                JsonObject *reply)
{
  const char *text = lobby_json_get_string (reply, "response_json", MAX_FORM);
  g_autoptr (JsonObject) answers = text != NULL ? lobby_json_parse_object (text, -1, NULL) : NULL;
  g_autoptr (GList) names = answers != NULL ? json_object_get_members (answers) : NULL;
  guint count = 0;

  for (GList *name = names; name != NULL && count < MAX_LINES; name = name->next)
    {
      JsonNode *node = json_object_get_member (answers, name->data);
      g_autofree char *value = JSON_NODE_HOLDS_NULL (node) ? NULL
                               : JSON_NODE_HOLDS_VALUE (node)
                                       && json_node_get_value_type (node) == G_TYPE_STRING
                                   ? json_node_dup_string (node)
                                   : lobby_json_to_string (node);
      g_autofree char *line = value != NULL ? g_strdup_printf ("%s: %s", (const char *)name->data, value) : NULL;

      if (g_str_equal (name->data, "flow_token"))
        continue;
      add_line (lines, line);
      count++;
    }
}

char *
lobby_message_extra_details (JsonObject *extra)
{
  JsonObject *interactive = lobby_json_get_object (extra, "interactive");
  g_autoptr (GString) lines = NULL;

  if (extra == NULL || lobby_message_extra_is_revoked (extra))
    return NULL;

  lines = g_string_new (NULL);
  add_line (lines, lobby_json_get_string (lobby_json_get_object (interactive, "list_reply"), "description", MAX_WORDS));
  add_line (lines, lobby_json_get_string (lobby_json_get_object (interactive, "footer"), "text", MAX_WORDS));
  add_line (lines, lobby_json_get_string (lobby_json_get_object (extra, "template_frame"), "footer", MAX_WORDS));
  add_form_lines (lines, lobby_json_get_object (interactive, "nfm_reply"));
  add_order_lines (lines, lobby_json_get_array (lobby_json_get_object (extra, "order"), "product_items"));

  return lines->len > 0 ? g_string_free (g_steal_pointer (&lines), FALSE) : NULL;
}

static void
add_choice (GStrvBuilder *choices,
            const char *title)
{
  if (title != NULL && title[0] != '\0')
    g_strv_builder_add (choices, title);
}

char **
lobby_message_extra_choices (JsonObject *extra)
{
  JsonObject *interactive = lobby_json_get_object (extra, "interactive");
  JsonObject *action = lobby_json_get_object (interactive, "action");
  JsonArray *buttons = lobby_json_get_array (action, "buttons");
  JsonArray *framed = lobby_json_get_array (lobby_json_get_object (extra, "template_frame"), "buttons");
  g_autoptr (GStrvBuilder) choices = NULL;
  g_auto (GStrv) titles = NULL;

  if ((action == NULL && framed == NULL) || lobby_message_extra_is_revoked (extra))
    return NULL;

  choices = g_strv_builder_new ();
  for (guint i = 0; i < MIN (lobby_json_array_length (buttons), MAX_CHOICES); i++)
    add_choice (choices, lobby_json_get_string (lobby_json_get_object (lobby_json_array_object (buttons, i), "reply"), "title", MAX_WORDS));
  for (guint i = 0; i < MIN (lobby_json_array_length (framed), MAX_CHOICES); i++)
    add_choice (choices, lobby_json_array_string (framed, i, MAX_WORDS));
  add_choice (choices, lobby_json_get_string (action, "button", MAX_WORDS));
  add_choice (choices, lobby_json_get_string (lobby_json_get_object (action, "parameters"), "display_text", MAX_WORDS));
  if (g_strcmp0 (lobby_json_get_string (interactive, "type", 64), "location_request_message") == 0)
    add_choice (choices, _ ("Send location"));
  if (g_strcmp0 (lobby_json_get_string (interactive, "type", 64), "contact_request") == 0)
    add_choice (choices, _ ("Send contact"));

  titles = g_strv_builder_end (choices);
  return titles[0] != NULL ? g_steal_pointer (&titles) : NULL;
}

static char *
describe_contact (JsonObject *contact)
{
  const char *name = lobby_json_get_string (lobby_json_get_object (contact, "name"), "formatted_name", MAX_WORDS);
  JsonArray *phones = lobby_json_get_array (contact, "phones");
  GString *words = g_string_new (name != NULL ? name : _ ("Contact"));

  for (guint i = 0; i < MIN (lobby_json_array_length (phones), MAX_NUMBERS); i++)
    {
      g_autofree char *number = lobby_words_left_to_right (lobby_json_get_string (lobby_json_array_object (phones, i), "phone", 64));

      if (number != NULL)
        g_string_append_printf (words, ", %s", number);
    }
  return g_string_free (words, FALSE);
}

char *
lobby_message_extra_contacts (JsonObject *extra)
{
  JsonArray *contacts = lobby_json_get_array (extra, "contacts");
  const guint count = lobby_json_array_length (contacts);
  g_autoptr (GString) lines = NULL;

  if (count == 0 || lobby_message_extra_is_revoked (extra))
    return NULL;

  lines = g_string_new (NULL);
  for (guint i = 0; i < MIN (count, MAX_LINES); i++)
    {
      g_autofree char *line = describe_contact (lobby_json_array_object (contacts, i));

      add_line (lines, line);
    }
  if (count > MAX_LINES)
    add_line (lines, "…");
  return g_string_free (g_steal_pointer (&lines), FALSE);
}

JsonObject *
lobby_message_extra_referral (JsonObject *extra)
{
  JsonObject *referral = lobby_json_get_object (extra, "referral");

  if (lobby_json_get_string (referral, "headline", MAX_WORDS) == NULL && lobby_json_get_string (referral, "body", MAX_WORDS) == NULL)
    return NULL;

  return referral;
}

char *
lobby_message_extra_order (JsonObject *extra,
                           char **total)
{
  JsonArray *items = lobby_json_get_array (lobby_json_get_object (extra, "order"), "product_items");
  const char *currency = lobby_json_get_string (lobby_json_array_object (items, 0), "currency", 8);
  gint64 count = 0;
  double sum = 0;

  for (guint i = 0; i < lobby_json_array_length (items); i++)
    {
      JsonObject *item = lobby_json_array_object (items, i);

      count += quantity_of (item);
      sum += (double)quantity_of (item) * price_of (item);
      if (g_strcmp0 (lobby_json_get_string (item, "currency", 8), currency) != 0)
        sum = NAN;
    }

  *total = currency != NULL && isfinite (sum) ? g_strdup_printf (_ ("Total %.2f %s"), sum, currency) : NULL;
  return g_strdup_printf (ngettext ("Order of %u article", "Order of %u articles", (guint)count), (guint)MIN (count, G_MAXUINT));
}
