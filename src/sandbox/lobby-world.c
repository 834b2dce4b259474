/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lobby-world.h"

#include <string.h>

#include "lobby-clock.h"
#include "lobby-graph-error.h"
#include "lobby-json.h"
#include "lobby-number.h"

#define PLAY_AFTER_MS 2500

static void
customer_free (gpointer data)
{
  LobbyCustomer *self = data;

  g_free (self->key);
  g_free (self->wa_id);
  g_free (self->bsuid);
  g_free (self->name);
  g_free (self->username);
  g_free (self->portrait);
  g_ptr_array_unref (self->unread);
  g_free (self->last_own_id);
  g_free (self->last_business_id);
  g_free (self);
}

static void
sent_free (gpointer data)
{
  LobbySent *self = data;

  g_free (self->id);
  g_free (self->input);
  g_free (self->type);
  json_object_unref (self->request);
  g_free (self);
}

static void
said_free (gpointer data)
{
  LobbySaid *self = data;

  g_free (self->id);
  g_free (self);
}

LobbyWorld *
lobby_world_new (LobbySchedule *schedule,
                 LobbyKnobs *knobs,
                 GRand *dice,
                 LobbyDeliverer *deliverer,
                 LobbyMediaStore *media,
                 const LobbyBusiness *business)
{
  LobbyWorld *self = g_new0 (LobbyWorld, 1);

  self->schedule = schedule;
  self->knobs = knobs;
  self->dice = dice;
  self->deliverer = deliverer;
  self->media = media;
  self->business = business;
  self->customers = g_ptr_array_new_with_free_func (customer_free);
  self->by_key = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  self->sent = g_ptr_array_new_with_free_func (sent_free);
  self->sent_by_id = g_hash_table_new (g_str_hash, g_str_equal);
  self->inbound_ids = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  self->said = g_ptr_array_new_with_free_func (said_free);
  self->calls = g_ptr_array_new_with_free_func ((GDestroyNotify)json_object_unref);
  return self;
}

void
lobby_world_free (LobbyWorld *self)
{
  g_hash_table_unref (self->by_key);
  g_hash_table_unref (self->sent_by_id);
  g_hash_table_unref (self->inbound_ids);
  g_ptr_array_unref (self->sent);
  g_ptr_array_unref (self->said);
  g_ptr_array_unref (self->customers);
  g_ptr_array_unref (self->calls);
  g_free (self->base_url);
  g_free (self);
}

char *
lobby_world_new_wamid (const char *key,
                       gboolean inbound)
{
  /* The shape of real ones: a little binary header, the number, and random hex, in base64. */
  g_autoptr (GByteArray) raw = g_byte_array_new ();
  const guint8 head[] = { 0x1c, 0x18, (guint8)MIN (strlen (key), 255) };
  const guint8 middle[] = { 0x15, 0x02, 0x00, inbound ? 0x12 : 0x11, 0x18, 0x12 };
  g_autofree char *unique = g_strdup_printf ("%08X%08X%02X", g_random_int (), g_random_int (), g_random_int_range (0, 256));
  g_autofree char *base64 = NULL;

  g_byte_array_append (raw, head, sizeof head);
  g_byte_array_append (raw, (const guint8 *)key, head[2]);
  g_byte_array_append (raw, middle, sizeof middle);
  g_byte_array_append (raw, (const guint8 *)unique, (guint)strlen (unique) + 1);
  base64 = g_base64_encode (raw->data, raw->len);
  return g_strconcat ("wamid.", base64, NULL);
}

static char *
made_up_bsuid (const char *wa_id)
{
  g_autofree char *hash = g_compute_checksum_for_string (G_CHECKSUM_SHA256, wa_id, -1);

  hash[16] = 0;
  return g_strdup_printf ("%s.%020" G_GUINT64_FORMAT, lobby_number_country (wa_id), g_ascii_strtoull (hash, NULL, 16));
}

LobbyCustomer *
lobby_world_find_customer (LobbyWorld *self,
                           const char *wa_id_or_bsuid)
{
  return g_hash_table_lookup (self->by_key, wa_id_or_bsuid);
}

LobbyCustomer *
lobby_world_add_customer (LobbyWorld *self,
                          const char *wa_id,
                          const char *bsuid,
                          const char *name,
                          const char *username)
{
  LobbyCustomer *customer = lobby_world_find_customer (self, wa_id ? wa_id : bsuid);

  if (!customer)
    {
      customer = g_new0 (LobbyCustomer, 1);
      customer->world = self;
      customer->key = g_strdup (wa_id ? wa_id : bsuid);
      customer->wa_id = g_strdup (wa_id);
      customer->bsuid = bsuid ? g_strdup (bsuid) : made_up_bsuid (wa_id);
      customer->reads_least = -1;
      customer->unread = g_ptr_array_new ();
      g_ptr_array_add (self->customers, customer);
      g_hash_table_replace (self->by_key, g_strdup (customer->key), customer);
      g_hash_table_replace (self->by_key, g_strdup (customer->bsuid), customer);
    }
  if (bsuid && !g_str_equal (customer->bsuid, bsuid))
    {
      g_hash_table_remove (self->by_key, customer->bsuid);
      g_set_str (&customer->bsuid, bsuid);
      g_hash_table_replace (self->by_key, g_strdup (bsuid), customer);
    }
  if (name)
    g_set_str (&customer->name, name);
  if (username)
    g_set_str (&customer->username, username);
  return customer;
}

gboolean
lobby_customer_window_open (LobbyCustomer *customer)
{
  return customer->last_inbound > 0
         && lobby_clock_now () - customer->last_inbound < customer->world->knobs->window_ms;
}

static JsonObject *
contact_new (LobbyCustomer *customer,
             gboolean with_username)
{
  JsonObject *contact = json_object_new ();
  JsonObject *profile = json_object_new ();

  lobby_json_set_string (profile, "name", customer->name);
  if (with_username)
    lobby_json_set_string (profile, "username", customer->username);
  json_object_set_object_member (contact, "profile", profile);
  lobby_json_set_string (contact, "wa_id", customer->wa_id);
  lobby_json_set_string (contact, "user_id", customer->bsuid);
  return contact;
}

static void
set_timestamp (JsonObject *object,
               gint64 msec)
{
  g_autofree char *seconds = g_strdup_printf ("%" G_GINT64_FORMAT, msec / 1000);

  json_object_set_string_member (object, "timestamp", seconds);
}

/* The members in the order in which Meta writes them: who, id and time first. */
static JsonObject *
complete_message (LobbyCustomer *customer,
                  JsonObject *message,
                  const char *id,
                  gint64 timestamp)
{
  g_autoptr (JsonObject) given = message;
  g_autoptr (GList) names = json_object_get_members (given);
  JsonObject *whole = json_object_new ();

  lobby_json_set_string (whole, "from", customer->wa_id);
  lobby_json_set_string (whole, "from_user_id", customer->bsuid);
  json_object_set_string_member (whole, "id", id);
  set_timestamp (whole, timestamp);
  for (GList *l = names; l; l = l->next)
    json_object_set_member (whole, l->data, json_node_copy (json_object_get_member (given, l->data)));
  return whole;
}

static void
remember (LobbyCustomer *customer,
          const char *id,
          const char *type,
          gint64 when)
{
  LobbyWorld *world = customer->world;
  LobbySaid *said = g_new0 (LobbySaid, 1);

  said->id = g_strdup (id);
  said->customer = customer;
  said->type = g_intern_string (type ? type : "");
  said->at = when;
  g_ptr_array_add (world->said, said);
  g_hash_table_replace (world->inbound_ids, g_strdup (id), customer);
  g_set_str (&customer->last_own_id, id);
  customer->last_inbound = MAX (customer->last_inbound, when);
}

char *
lobby_customer_send (LobbyCustomer *customer,
                     JsonObject *message,
                     gint64 timestamp)
{
  LobbyWorld *world = customer->world;
  const char *given = lobby_json_get_string (message, "id", 512);
  g_autofree char *id = given ? g_strdup (given) : lobby_world_new_wamid (customer->key, TRUE);
  gboolean system = g_strcmp0 (lobby_json_get_string (message, "type", 64), "system") == 0;
  gint64 when = timestamp ? timestamp : lobby_clock_now ();

  message = complete_message (customer, message, id, when);
  remember (customer, id, lobby_json_get_string (message, "type", 64), when);
  lobby_deliverer_push (world->deliverer,
                        lobby_update_new (customer->key, "messages", system ? NULL : contact_new (customer, TRUE), message));
  return g_steal_pointer (&id);
}

static JsonObject *
status_new (LobbySent *sent,
            const char *name)
{
  JsonObject *status = json_object_new ();

  json_object_set_string_member (status, "id", sent->id);
  json_object_set_string_member (status, "status", name);
  set_timestamp (status, lobby_clock_now ());
  lobby_json_set_string (status, "recipient_id", sent->customer->wa_id);
  lobby_json_set_string (status, "recipient_user_id", sent->customer->bsuid);
  lobby_json_set_string (status, "biz_opaque_callback_data",
                         lobby_json_get_string (sent->request, "biz_opaque_callback_data", 4096));
  return status;
}

static void
add_pricing (JsonObject *status,
             LobbySent *sent)
{
  JsonObject *pricing = json_object_new ();
  gboolean template = g_str_equal (sent->type, "template");

  json_object_set_boolean_member (pricing, "billable", template);
  json_object_set_string_member (pricing, "pricing_model", "PMP");
  json_object_set_string_member (pricing, "type", template ? "regular" : "free_customer_service");
  json_object_set_string_member (pricing, "category", template ? "utility" : "service");
  json_object_set_object_member (status, "pricing", pricing);
}

static void
tell (LobbySent *sent,
      LobbyRank rank)
{
  static const char *const names[] = { NULL, "sent", "delivered", "read", "played" };
  JsonObject *status = status_new (sent, names[rank]);

  if (rank == LOBBY_RANK_SENT || rank == LOBBY_RANK_DELIVERED)
    add_pricing (status, sent);
  lobby_deliverer_push (sent->customer->world->deliverer,
                        lobby_update_new (sent->customer->key, "statuses", contact_new (sent->customer, rank != LOBBY_RANK_SENT), status));
}

/* Meta leaves `delivered` out when somebody reads at once; the knob makes that frequent. */
static gboolean
is_skipped (LobbySent *sent)
{
  LobbyWorld *world = sent->customer->world;

  return world->knobs->skip_delivered > 0 && g_rand_double (world->dice) < world->knobs->skip_delivered;
}

static void
advance (LobbySent *sent,
         LobbyRank rank)
{
  if (sent->rank == LOBBY_RANK_FAILED)
    return;
  while (sent->rank < rank)
    {
      sent->rank++;
      if (sent->rank == LOBBY_RANK_DELIVERED && is_skipped (sent))
        continue;
      tell (sent, sent->rank);
    }
}

static gboolean
is_voice (LobbySent *sent)
{
  return lobby_json_get_boolean_or (lobby_json_get_object (sent->request, "audio"), "voice", FALSE);
}

guint
lobby_customer_read (LobbyCustomer *customer,
                     gboolean play)
{
  LobbyWorld *world = customer->world;
  guint count = 0;

  if (customer->reading && lobby_schedule_remove (world->schedule, customer->reading))
    world->scheduled--;
  customer->reading = 0;
  for (guint i = 0; i < customer->unread->len; i++)
    {
      LobbySent *sent = g_ptr_array_index (customer->unread, i);

      if (sent->rank == LOBBY_RANK_FAILED)
        continue;
      advance (sent, play && is_voice (sent) ? LOBBY_RANK_PLAYED : LOBBY_RANK_READ);
      count++;
    }
  g_ptr_array_set_size (customer->unread, 0);
  if (count > 0 && world->events && world->events->customer_read)
    world->events->customer_read (customer, world->events_data);
  return count;
}

typedef struct
{
  LobbySent *sent;
  int fail_code;
  char *fail_details;
} Step;

static void
step_free (gpointer data)
{
  Step *step = data;

  g_free (step->fail_details);
  g_free (step);
}

static void
schedule_step (LobbySent *sent,
               gint64 delay,
               LobbyScheduleFunc func,
               int fail_code,
               const char *fail_details)
{
  LobbyWorld *world = sent->customer->world;
  Step *step = g_new0 (Step, 1);

  step->sent = sent;
  step->fail_code = fail_code;
  step->fail_details = g_strdup (fail_details);
  world->scheduled++;
  lobby_schedule_add (world->schedule, delay, func, step, step_free);
}

static gint64
status_delay (LobbyWorld *world,
              int least,
              int most)
{
  return world->knobs->status_delay_ms >= 0 ? world->knobs->status_delay_ms : g_rand_int_range (world->dice, least, most);
}

static void
play_step (gpointer data)
{
  Step *step = data;

  step->sent->customer->world->scheduled--;
  if (step->sent->rank == LOBBY_RANK_READ)
    advance (step->sent, LOBBY_RANK_PLAYED);
}

static void
read_moment (gpointer data)
{
  LobbyCustomer *customer = data;
  g_autoptr (GPtrArray) voices = g_ptr_array_new ();

  customer->reading = 0;
  customer->world->scheduled--;
  for (guint i = 0; i < customer->unread->len; i++)
    if (is_voice (g_ptr_array_index (customer->unread, i)))
      g_ptr_array_add (voices, g_ptr_array_index (customer->unread, i));
  lobby_customer_read (customer, FALSE);
  for (guint i = 0; i < voices->len; i++)
    schedule_step (g_ptr_array_index (voices, i), PLAY_AFTER_MS, play_step, 0, NULL);
}

static void
plan_reading (LobbyCustomer *customer)
{
  LobbyWorld *world = customer->world;
  gint64 delay = customer->reads_least;

  if (customer->reads_least < 0 || customer->reading)
    return;
  if (world->knobs->status_delay_ms >= 0)
    delay = world->knobs->status_delay_ms;
  else if (customer->reads_most > customer->reads_least)
    delay = g_rand_int_range (world->dice, (int)customer->reads_least, (int)customer->reads_most);
  world->scheduled++;
  customer->reading = lobby_schedule_add (world->schedule, delay, read_moment, customer, NULL);
}

static void
delivered_step (gpointer data)
{
  Step *step = data;
  LobbySent *sent = step->sent;

  sent->customer->world->scheduled--;
  advance (sent, LOBBY_RANK_DELIVERED);
  if (sent->rank == LOBBY_RANK_DELIVERED)
    plan_reading (sent->customer);
}

static void
sent_step (gpointer data)
{
  Step *step = data;
  LobbyWorld *world = step->sent->customer->world;

  world->scheduled--;
  advance (step->sent, LOBBY_RANK_SENT);
  /* A reaction has no bubble: nothing more comes of it (CLOUD_API section 2). */
  if (!g_str_equal (step->sent->type, "reaction"))
    schedule_step (step->sent, status_delay (world, 300, 1200), delivered_step, 0, NULL);
}

static void
failed_step (gpointer data)
{
  Step *step = data;
  LobbySent *sent = step->sent;
  JsonObject *status;
  JsonArray *errors;

  sent->customer->world->scheduled--;
  if (sent->rank >= LOBBY_RANK_DELIVERED)
    return;
  sent->rank = LOBBY_RANK_FAILED;
  g_ptr_array_remove (sent->customer->unread, sent);
  status = status_new (sent, "failed");
  if (sent->customer->wa_id)
    json_object_remove_member (status, "recipient_user_id");
  errors = json_array_new ();
  json_array_add_object_element (errors, lobby_graph_error_to_status (step->fail_code, step->fail_details));
  json_object_set_array_member (status, "errors", errors);
  lobby_deliverer_push (sent->customer->world->deliverer, lobby_update_new (sent->customer->key, "statuses", NULL, status));
}

LobbySent *
lobby_world_accept (LobbyWorld *self,
                    LobbyCustomer *customer,
                    const char *input,
                    const char *type,
                    JsonObject *request)
{
  LobbySent *sent = g_new0 (LobbySent, 1);

  sent->n = self->sent->len + 1;
  sent->id = lobby_world_new_wamid (customer->key, FALSE);
  sent->input = g_strdup (input);
  sent->type = g_strdup (type);
  sent->request = json_object_ref (request);
  sent->customer = customer;
  sent->at = lobby_clock_now ();
  g_ptr_array_add (self->sent, sent);
  g_hash_table_insert (self->sent_by_id, sent->id, sent);
  return sent;
}

void
lobby_sent_go (LobbySent *sent,
               int fail_code,
               const char *fail_details)
{
  LobbyCustomer *customer = sent->customer;
  LobbyWorld *world = customer->world;

  if (fail_code)
    {
      schedule_step (sent, status_delay (world, 300, 1500), failed_step, fail_code, fail_details);
      return;
    }
  schedule_step (sent, status_delay (world, 150, 400), sent_step, 0, NULL);
  if (g_str_equal (sent->type, "reaction"))
    return;
  g_ptr_array_add (customer->unread, sent);
  g_set_str (&customer->last_business_id, sent->id);
  if (world->events && world->events->business_wrote)
    world->events->business_wrote (sent, world->events_data);
}
