/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lobby-graph-error.h"

#define ERRORS_PAGE "https://developers.facebook.com/documentation/business-messaging/whatsapp/support/error-codes/"

G_DEFINE_QUARK (lobby-graph-error, lobby_graph_error)

typedef struct
{
  int code;
  guint http_status;
  const char *title;
  const char *details;
} Known;

/* Meta's page of error codes, September 2026 (CLOUD_API sections 1 and 11). */
static const Known known[] = {
  { 0, 401, "AuthException", "We were unable to authenticate the app user." },
  { 1, 400, "API Unknown", "Invalid request or possible server error." },
  { 2, 503, "API Service", "Temporary due to downtime or due to being overloaded." },
  { 3, 500, "API Method", "Capability or permissions issue." },
  { 4, 400, "API Too Many Calls", "The app has reached its API call rate limit." },
  { 10, 403, "Permission Denied", "Permission is either not granted or has been removed." },
  { 33, 400, "Parameter value is not valid", "The business phone number has been deleted." },
  { 100, 400, "Invalid parameter", "The request included one or more unsupported or misspelled parameters." },
  { 102, 401, "API Session", "The access token is not valid." },
  { 104, 401, "Incorrect signature", "An access token is required." },
  { 190, 401, "Access token has expired", "Your access token has expired." },
  { 200, 403, "API Permission", "Permission is either not granted or has been removed." },
  { 368, 403, "Temporarily blocked for policies violations", "The WhatsApp Business Account has been restricted or disabled for violating a platform policy." },
  { 80007, 400, "Rate limit issues", "The WhatsApp Business Account has reached its rate limit." },
  { 130403, 400, "User is blocked", "Your business has blocked this user." },
  { 130429, 429, "Rate limit hit", "Message failed to send because there were too many messages sent from this phone number in a short period of time." },
  { 130472, 400, "User's number is part of an experiment", "Message was not sent as part of an experiment." },
  { 130497, 403, "Business account is restricted from messaging users in this country.", "The WhatsApp Business Account is restricted from messaging to users in certain countries." },
  { 131000, 500, "Something went wrong", "Message failed to send due to an unknown error." },
  { 131005, 403, "Access denied", "Permission is either not granted or has been removed." },
  { 131008, 400, "Required parameter is missing", "The request is missing a required parameter." },
  { 131009, 400, "Parameter value is not valid", "One or more parameter values are invalid." },
  { 131016, 500, "Service unavailable", "A service is temporarily unavailable." },
  { 131021, 400, "Recipient cannot be sender", "Sender and recipient phone number is the same." },
  { 131026, 400, "Message undeliverable", "Message Undeliverable." },
  { 131031, 403, "Account has been locked", "The WhatsApp Business Account has been restricted or disabled." },
  { 131037, 400, "WhatsApp provided number needs display name approval before message can be sent.", "The number does not have an approved display name." },
  { 131042, 400, "Business eligibility payment issue", "There was an error related to your payment method." },
  { 131045, 500, "Incorrect certificate", "Message failed to send due to a phone number registration error." },
  { 131047, 400, "Re-engagement message", "Message failed to send because more than 24 hours have passed since the customer last replied to this number." },
  { 131048, 400, "Spam rate limit hit", "Message failed to send because there are restrictions on how many messages can be sent from this phone number." },
  { 131049, 400, "This message was not delivered to maintain healthy ecosystem engagement.", "In order to maintain a healthy ecosystem engagement, the message failed to be delivered." },
  { 131050, 400, "User has opted out of marketing messages", "Unable to deliver the message. This recipient has chosen to stop receiving marketing messages from your business." },
  { 131051, 400, "Unsupported message type", "Message type is currently not supported." },
  { 131052, 400, "Media download error", "Unable to download the media sent by the user." },
  { 131053, 400, "Media upload error", "Unable to upload the media used in the message." },
  { 131056, 400, "(Business Account, Consumer Account) pair rate limit hit", "Message failed to send because there were too many messages sent from this phone number to the same phone number in a short period of time." },
  { 131057, 500, "Account in maintenance mode", "The business account is in maintenance mode." },
  { 131062, 400, "Business-scoped user ID recipient is not supported", "Authentication templates cannot be sent to a business-scoped user ID." },
  { 131064, 400, "Template class limit hit", "The limit for this class of templates has been reached." },
  { 132000, 400, "Number of parameters does not match the expected number of params", "The number of variable parameter values in the request did not match the number defined in the template." },
  { 132001, 404, "Template name does not exist in the translation", "The template does not exist in the specified language or the template has not been approved." },
  { 132005, 400, "Translated text too long", "Translated text is too long." },
  { 132007, 400, "Template Content Policy Violated", "Template content violates a WhatsApp policy." },
  { 132012, 400, "Parameter format does not match format in the created template", "Variable parameter values formatted incorrectly." },
  { 132015, 400, "Template is Paused", "Template is paused due to low quality." },
  { 132016, 400, "Template is Disabled", "Template has been paused too many times due to low quality and is now permanently disabled." },
  { 132018, 400, "Template parameter is not valid", "There is an issue with the parameters of the template." },
  { 133004, 503, "Server Temporarily Unavailable", "Server is temporarily unavailable." },
  { 133010, 400, "Phone number Not Registered", "Phone number not registered on the WhatsApp Business Platform." },
  { 135000, 400, "Generic user error", "Message failed to send because of an unknown error with your request parameters." },
};

static const Known *
find_known (int code)
{
  if (code == LOBBY_GRAPH_UNKNOWN_OBJECT)
    code = 100;
  else if (code == LOBBY_GRAPH_TOKEN_EXPIRED)
    code = 190;
  else if (code == LOBBY_GRAPH_NO_TOKEN)
    code = 104;
  for (guint i = 0; i < G_N_ELEMENTS (known); i++)
    if (known[i].code == code)
      return &known[i];
  return NULL;
}

const char *
lobby_graph_error_title (int code)
{
  const Known *entry = find_known (code);

  return entry ? entry->title : NULL;
}

guint
lobby_graph_error_http_status (int code)
{
  const Known *entry = find_known (code);

  return entry ? entry->http_status : 400;
}

static JsonObject *
error_data_new (const char *details)
{
  JsonObject *data = json_object_new ();

  json_object_set_string_member (data, "messaging_product", "whatsapp");
  json_object_set_string_member (data, "details", details);
  return data;
}

static const char *
details_or_known (const char *details,
                  const Known *entry)
{
  if (details && *details)
    return details;
  return entry ? entry->details : "An unknown error has occurred.";
}

static void
describe (JsonObject *body,
          const GError *error)
{
  const Known *entry = find_known (error->code);
  const char *details = details_or_known (error->message, entry);
  int code = entry ? entry->code : error->code;
  g_autofree char *message = NULL;

  /* Token errors and unknown objects carry bare words; 100 has its details in the message; the rest a title and error_data. */
  if (code == 190 || code == 104 || error->code == LOBBY_GRAPH_UNKNOWN_OBJECT)
    message = g_strdup (details);
  else if (code == 100)
    message = g_strdup_printf ("(#100) %s", details);
  else
    message = g_strdup_printf ("(#%d) %s", code, entry ? entry->title : "Something went wrong");

  json_object_set_string_member (body, "message", message);
  json_object_set_string_member (body, "type",
                                 error->code == LOBBY_GRAPH_UNKNOWN_OBJECT ? "GraphMethodException" : "OAuthException");
  json_object_set_int_member (body, "code", code);
  if (error->code == LOBBY_GRAPH_UNKNOWN_OBJECT)
    json_object_set_int_member (body, "error_subcode", 33);
  else if (error->code == LOBBY_GRAPH_TOKEN_EXPIRED)
    json_object_set_int_member (body, "error_subcode", 463);
  else if (code != 100 && code != 190 && code != 104)
    json_object_set_object_member (body, "error_data", error_data_new (details));
}

JsonObject *
lobby_graph_error_to_answer (const GError *error,
                             const char *trace_id)
{
  JsonObject *answer = json_object_new ();
  JsonObject *body = json_object_new ();

  describe (body, error);
  json_object_set_string_member (body, "fbtrace_id", trace_id);
  json_object_set_object_member (answer, "error", body);
  return answer;
}

JsonObject *
lobby_graph_error_to_status (int code,
                             const char *details)
{
  const Known *entry = find_known (code);
  JsonObject *json = json_object_new ();
  const char *title = entry ? entry->title : "Something went wrong";

  json_object_set_int_member (json, "code", code);
  json_object_set_string_member (json, "title", title);
  json_object_set_string_member (json, "message", title);
  json_object_set_object_member (json, "error_data", error_data_new (details_or_known (details, entry)));
  json_object_set_string_member (json, "href", ERRORS_PAGE);
  return json;
}
