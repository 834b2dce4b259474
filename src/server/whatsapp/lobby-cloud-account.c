/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "lobby-whatsapp"

#include "lobby-cloud-reading.h"

#include "lobby-id.h"
#include "lobby-json.h"

#include <string.h>

/* What is told about the business's account, its numbers and its templates (CLOUD_API 7.4): alerts for the team, and changes of templates. */

#define MAX_WORD 128

static void
take_alert (LobbyCloudItem *item,
            const char *severity,
            int code,
            const char *title,
            const char *message)
{
  LobbyAlert *alert;

  if (item->alert != NULL)
    return;
  alert = item->alert = g_new0 (LobbyAlert, 1);
  alert->severity = g_strdup (severity);
  alert->code = code;
  alert->title = g_strdup (title);
  alert->message = g_strdup (message != NULL ? message : "");
}

static const char *
word (JsonObject *json,
      const char *name)
{
  const char *text = lobby_json_get_string (json, name, MAX_WORD);

  return text != NULL ? text : "";
}

/* "NAME_FORMAT_UNACCEPTABLE" → "name format unacceptable" */
static char *
to_words (const char *constant)
{
  char *words = g_ascii_strdown (constant, -1);

  return g_strdelimit (words, "_", ' ');
}

void
lobby_cloud_read_error (const LobbyCloudPlace *place,
                        JsonObject *json,
                        LobbyCloudItem *item)
{
  const char *title = lobby_json_get_string (json, "title", LOBBY_WIRE_MAX_NAME);
  const char *details = lobby_json_get_string (lobby_json_get_object (json, "error_data"), "details", LOBBY_WIRE_MAX_TEXT);
  const char *message = lobby_json_get_string (json, "message", LOBBY_WIRE_MAX_TEXT);

  take_alert (item, place->is_history ? "info" : "error", (int)CLAMP (lobby_json_get_int_or (json, "code", 0), 0, G_MAXINT),
              title != NULL ? title : "WhatsApp reports an error", details != NULL ? details : message);
}

static void
read_account_alerts (const LobbyCloudPlace *place,
                     JsonObject *value,
                     LobbyCloudItem *item)
{
  JsonObject *info = lobby_json_get_object (value, "alert_info");
  /* Without the inner object in its first version. */
  JsonObject *json = info != NULL ? info : value;
  const char *severity = word (json, "alert_severity");
  g_autofree char *type = to_words (word (json, "alert_type"));
  g_autofree char *title = g_strdup_printf ("WhatsApp about this account: %s", type);

  if (strcmp (word (value, "entity_type"), "PHONE_NUMBER") == 0 && item->phone_number_id == NULL)
    item->phone_number_id = g_strdup (lobby_json_get_string (value, "entity_id", LOBBY_ID_MAX));
  take_alert (item, strcmp (severity, "CRITICAL") == 0 ? "error" : strcmp (severity, "WARNING") == 0 ? "warning"
                                                                                                     : "info",
              0, title,
              lobby_json_get_string (json, "alert_description", LOBBY_WIRE_MAX_TEXT));
}

static void
read_account_update (const LobbyCloudPlace *place,
                     JsonObject *value,
                     LobbyCloudItem *item)
{
  const char *event = word (value, "event");
  const char *ban = word (lobby_json_get_object (value, "ban_info"), "waba_ban_state");
  const char *date = word (lobby_json_get_object (value, "ban_info"), "waba_ban_date");
  g_autofree char *words = to_words (event);
  g_autofree char *detail = NULL;

  if (strcmp (event, "DISABLED_UPDATE") == 0 && strcmp (ban, "REINSTATE") == 0)
    take_alert (item, "info", 0, "The account works again", "WhatsApp has reinstated it.");
  else if (strcmp (event, "DISABLED_UPDATE") == 0)
    {
      gboolean later = strcmp (ban, "SCHEDULE_FOR_DISABLE") == 0;

      detail = g_strdup_printf ("WhatsApp %s it for breaking its rules%s%s.", later ? "is going to disable" : "has disabled", *date != '\0' ? ": " : "", date);
      take_alert (item, "error", 0, later ? "The account will be disabled" : "The account is disabled", detail);
    }
  else if (strcmp (event, "ACCOUNT_VIOLATION") == 0)
    {
      detail = to_words (word (lobby_json_get_object (value, "violation_info"), "violation_type"));
      take_alert (item, "error", 0, "The account broke WhatsApp's rules", detail);
    }
  else if (strcmp (event, "ACCOUNT_RESTRICTION") == 0)
    take_alert (item, "error", 0, "The account is restricted", "WhatsApp limits what it may send.");
  else if (strcmp (event, "ACCOUNT_DELETED") == 0)
    take_alert (item, "error", 0, "The account is deleted", "This number cannot be used any more.");
  else if (strcmp (event, "PARTNER_REMOVED") == 0 || strcmp (event, "PARTNER_APP_UNINSTALLED") == 0)
    take_alert (item, "error", 0, "WhatsApp took the permission back", "The account is no longer shared with this program.");
  else
    take_alert (item, "info", 0, "The account was changed", words);
}

/* Either a number or a name, by version. */
static char *
dup_limit (JsonObject *value)
{
  gint64 number;
  const char *name;

  if (lobby_json_get_int (value, "max_daily_conversations_per_business", &number) || lobby_json_get_int (value, "max_daily_conversation_per_phone", &number))
    return number < 0 ? g_strdup ("unlimited") : g_strdup_printf ("%" G_GINT64_FORMAT, number);
  name = lobby_json_get_string (value, "max_daily_conversations_per_business", MAX_WORD);
  if (name == NULL)
    name = lobby_json_get_string (value, "current_limit", MAX_WORD);
  if (name == NULL)
    return NULL;
  return to_words (g_str_has_prefix (name, "TIER_") ? name + strlen ("TIER_") : name);
}

static void
read_capability (const LobbyCloudPlace *place,
                 JsonObject *value,
                 LobbyCloudItem *item)
{
  g_autofree char *limit = dup_limit (value);
  g_autofree char *message = g_strdup_printf ("Customers outside the service window that may be written to in 24 hours: %s", limit != NULL ? limit : "not told");

  take_alert (item, "info", 0, "The messaging limit changed", message);
}

static void
read_quality (const LobbyCloudPlace *place,
              JsonObject *value,
              LobbyCloudItem *item)
{
  const char *event = word (value, "event");
  g_autofree char *limit = dup_limit (value);
  g_autofree char *words = to_words (event);
  g_autofree char *message = g_strdup_printf ("%s%s%s", words, limit != NULL ? "; limit: " : "", limit != NULL ? limit : "");
  gboolean is_bad = strcmp (event, "DOWNGRADE") == 0 || strcmp (event, "FLAGGED") == 0;

  take_alert (item, is_bad ? "warning" : "info", 0, is_bad ? "The number's quality is low" : "The number's quality or throughput changed", message);
}

static void
read_name (const LobbyCloudPlace *place,
           JsonObject *value,
           LobbyCloudItem *item)
{
  const char *name = word (value, "requested_verified_name");
  const char *decision = word (value, "decision");
  g_autofree char *reason = to_words (word (value, "rejection_reason"));

  if (strcmp (decision, "APPROVED") == 0)
    take_alert (item, "info", 0, "The display name was approved", name);
  else if (strcmp (decision, "REJECTED") == 0)
    take_alert (item, "warning", 0, "The display name was rejected", *reason != '\0' ? reason : name);
  else
    take_alert (item, "info", 0, "The display name is being reviewed", name);
}

/* Fields that say one of a few words: the first row of the field with that word, or with none, has what it means. */
static const struct
{
  const char *field, *member, *word;
  const char *severity, *title;
  const char *words; /* the message: these, or */
  const char *told;  /* what this member says */
} NEWS[] = {
  { "account_review_update", "decision", "APPROVED", "info", "WhatsApp approved the account", "", NULL },
  { "account_review_update", "decision", "REJECTED", "error", "The account cannot be used yet", NULL, "decision" },
  { "account_review_update", "decision", NULL, "warning", "The account cannot be used yet", NULL, "decision" },
  { "security", "event", "PIN_RESET_REQUEST", "warning", "Somebody wants two-step verification turned off",
    "If nobody of the business did, look after the account now.", NULL },
  { "security", "event", NULL, "warning", "The number's security settings changed", NULL, "event" },
  { "business_username_update", "status", "deleted", "warning", "The business's username was deleted", NULL, "username" },
  { "business_username_update", "status", "approved", "info", "The business's username was approved", NULL, "username" },
  { "business_username_update", "status", NULL, "info", "The business's username is reserved", NULL, "username" },
  { "payment_configuration_update", "status", NULL, "info", "The payment configuration changed", NULL, "status" },
};

static void
read_news (const LobbyCloudPlace *place,
           JsonObject *value,
           LobbyCloudItem *item)
{
  for (guint i = 0; i < G_N_ELEMENTS (NEWS); i++)
    {
      g_autofree char *told = NULL;

      if (strcmp (NEWS[i].field, place->field) != 0 || (NEWS[i].word != NULL && strcmp (NEWS[i].word, word (value, NEWS[i].member)) != 0))
        continue;
      /* A name is no constant. */
      if (NEWS[i].told != NULL)
        told = strcmp (NEWS[i].told, NEWS[i].member) == 0 ? to_words (word (value, NEWS[i].told)) : g_strdup (word (value, NEWS[i].told));
      take_alert (item, NEWS[i].severity, 0, NEWS[i].title, told != NULL ? told : NEWS[i].words);
      return;
    }
}

/* Templates */

/* A template's names; its id is a number in webhooks and a text elsewhere. FALSE: neither is told. */
static gboolean
begin_template (JsonObject *value,
                LobbyCloudItem *item)
{
  LobbyTemplate *template = item->template = g_new0 (LobbyTemplate, 1);
  gint64 id;

  if (lobby_json_get_int (value, "message_template_id", &id))
    template->remote_id = g_strdup_printf ("%" G_GINT64_FORMAT, id);
  else
    template->remote_id = g_strdup (lobby_json_get_string (value, "message_template_id", LOBBY_ID_MAX));
  template->name = g_strdup (lobby_json_get_string (value, "message_template_name", LOBBY_WIRE_MAX_NAME));
  template->language = g_strdup (lobby_json_get_string (value, "message_template_language", MAX_WORD));
  if (template->remote_id != NULL || (template->name != NULL && template->language != NULL))
    return TRUE;
  lobby_cloud_take_problem (item, g_strdup ("a change of a template that is not named"));
  return FALSE;
}

static void
read_template_quality (const LobbyCloudPlace *place,
                       JsonObject *value,
                       LobbyCloudItem *item)
{
  if (begin_template (value, item))
    item->template->quality = g_strdup (word (value, "new_quality_score"));
}

static void
tell_template_status (LobbyCloudItem *item,
                      JsonObject *value,
                      const char *event)
{
  static const struct
  {
    const char *event;
    const char *title;
  } told[] = {
    { "REJECTED", "A template was rejected" },
    { "PAUSED", "A template was paused" },
    { "DISABLED", "A template was disabled" },
    { "FLAGGED", "A template may soon be disabled" },
  };
  const char *description = lobby_json_get_string (lobby_json_get_object (value, "other_info"), "description", LOBBY_WIRE_MAX_TEXT);
  const char *reason = item->template->rejected_reason != NULL ? item->template->rejected_reason : "";
  g_autofree char *message = g_strdup_printf ("%s (%s)%s%s", item->template->name != NULL ? item->template->name : item->template->remote_id,
                                              item->template->language != NULL ? item->template->language : "?",
                                              description != NULL || *reason != '\0' ? ": " : "", description != NULL ? description : reason);

  for (guint i = 0; i < G_N_ELEMENTS (told); i++)
    if (strcmp (told[i].event, event) == 0)
      take_alert (item, "warning", 0, told[i].title, message);
}

static void
read_template_status (const LobbyCloudPlace *place,
                      JsonObject *value,
                      LobbyCloudItem *item)
{
  static const char *const back[] = { "REINSTATED", "UNPAUSED", "UNARCHIVED" };
  const char *event = word (value, "event");
  const char *reason = word (value, "reason");

  /* Seen under this field, too. */
  if (lobby_json_get_string (value, "new_quality_score", MAX_WORD) != NULL)
    {
      read_template_quality (place, value, item);
      return;
    }
  if (!begin_template (value, item))
    return;
  for (guint i = 0; i < G_N_ELEMENTS (back); i++)
    if (strcmp (back[i], event) == 0)
      event = "APPROVED";
  item->template->status = g_strdup (event);
  item->template->rejected_reason = g_strdup (strcmp (event, "REJECTED") == 0 && strcmp (reason, "NONE") != 0 ? reason : "");
  tell_template_status (item, value, event);
}

/* The update leaves out examples and headers of media, without which a template cannot be filled in: the list has them. */
static void
read_template_components (const LobbyCloudPlace *place,
                          JsonObject *value,
                          LobbyCloudItem *item)
{
  item->templates_stale = TRUE;
}

static void
read_template_category (const LobbyCloudPlace *place,
                        JsonObject *value,
                        LobbyCloudItem *item)
{
  const char *correct = word (value, "correct_category");

  if (!begin_template (value, item))
    return;
  item->template->category = g_strdup (word (value, "new_category"));
  if (*correct != '\0')
    {
      g_autofree char *message = g_strdup_printf ("%s: from %s to %s", item->template->name != NULL ? item->template->name : item->template->remote_id,
                                                  item->template->category, correct);

      take_alert (item, "warning", 0, "A template's category is going to change", message);
    }
}

static const struct
{
  const char *field;
  LobbyCloudReader read;
} READERS[] = {
  { "account_alerts", read_account_alerts },
  { "account_update", read_account_update },
  { "account_review_update", read_news },
  { "business_capability_update", read_capability },
  { "phone_number_quality_update", read_quality },
  { "phone_number_name_update", read_name },
  { "security", read_news },
  { "business_username_update", read_news },
  { "payment_configuration_update", read_news },
  { "message_template_status_update", read_template_status },
  { "message_template_quality_update", read_template_quality },
  { "message_template_components_update", read_template_components },
  { "template_category_update", read_template_category },
};

LobbyCloudReader
lobby_cloud_find_account_reader (const char *field)
{
  for (guint i = 0; i < G_N_ELEMENTS (READERS); i++)
    if (strcmp (READERS[i].field, field) == 0)
      return READERS[i].read;
  return NULL;
}
