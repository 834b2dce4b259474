/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lobby-world.h"

#include <string.h>

#include "lobby-clock.h"
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
  self->cloud = (LobbyChannel){ "cloud", &lobby_cloud_channel_verbs, self };
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
  lobby_update_set_timestamp (whole, timestamp);
  for (GList *l = names; l; l = l->next)
    json_object_set_member (whole, l->data, json_node_copy (json_object_get_member (given, l->data)));
  return whole;
}

static void
remember (LobbyCustomer *customer,
          LobbyChannel *channel,
          const char *id,
          const char *type,
          gint64 when)
{
  LobbyWorld *world = customer->world;
  LobbySaid *said = g_new0 (LobbySaid, 1);

  said->id = g_strdup (id);
  said->customer = customer;
  said->channel = channel;
  said->type = g_intern_string (type ? type : "");
  said->at = when;
  g_ptr_array_add (world->said, said);
  g_hash_table_replace (world->inbound_ids, g_strdup (id), customer);
  g_set_str (&customer->last_own_id, id);
  if (channel == &world->cloud)
    customer->last_inbound = MAX (customer->last_inbound, when);
}

LobbyChannel *
lobby_customer_get_channel (LobbyCustomer *customer)
{
  LobbyWorld *world = customer->world;

  if (customer->channel)
    return customer->channel;
  return world->home ? world->home : &world->cloud;
}

void
lobby_customer_set_doing (LobbyCustomer *customer,
                          LobbyDoing doing)
{
  LobbyChannel *channel = lobby_customer_get_channel (customer);

  if (customer->doing == doing)
    return;
  customer->doing = doing;
  if (channel->verbs->doing)
    channel->verbs->doing (channel, customer);
}

char *
lobby_customer_send (LobbyCustomer *customer,
                     JsonObject *message,
                     gint64 timestamp)
{
  LobbyChannel *channel = lobby_customer_get_channel (customer);
  const char *given = lobby_json_get_string (message, "id", 512);
  g_autofree char *id = given ? g_strdup (given) : channel->verbs->new_id (channel, customer, TRUE);
  gint64 when = timestamp ? timestamp : lobby_clock_now ();
  g_autoptr (JsonObject) whole = complete_message (customer, message, id, when);

  customer->channel = channel;
  remember (customer, channel, id, lobby_json_get_string (whole, "type", 64), when);
  channel->verbs->said (channel, customer, whole, when);
  return g_steal_pointer (&id);
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
      sent->channel->verbs->reached (sent->channel, sent, sent->rank);
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

  sent->customer->world->scheduled--;
  if (sent->rank >= LOBBY_RANK_DELIVERED)
    return;
  sent->rank = LOBBY_RANK_FAILED;
  g_ptr_array_remove (sent->customer->unread, sent);
  sent->channel->verbs->failed (sent->channel, sent, step->fail_code, step->fail_details);
}

LobbySent *
lobby_world_accept (LobbyChannel *channel,
                    LobbyCustomer *customer,
                    const char *id,
                    const char *input,
                    const char *type,
                    JsonObject *request)
{
  LobbyWorld *self = channel->world;
  LobbySent *sent = g_new0 (LobbySent, 1);

  sent->n = self->sent->len + 1;
  sent->id = id ? g_strdup (id) : channel->verbs->new_id (channel, customer, FALSE);
  sent->input = g_strdup (input);
  sent->type = g_strdup (type);
  sent->request = json_object_ref (request);
  sent->customer = customer;
  sent->channel = channel;
  sent->at = lobby_clock_now ();
  g_ptr_array_add (self->sent, sent);
  g_hash_table_insert (self->sent_by_id, sent->id, sent);
  customer->channel = channel;
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

void
lobby_world_record_call (LobbyChannel *channel,
                         const char *kind,
                         const char *message_id,
                         const char *chat,
                         LobbyCustomer *customer)
{
  LobbyWorld *self = channel->world;
  JsonObject *call = json_object_new ();

  json_object_set_int_member (call, "n", self->calls->len + 1);
  json_object_set_string_member (call, "via", channel->name);
  json_object_set_string_member (call, "kind", kind);
  lobby_json_set_string (call, "message_id", message_id);
  lobby_json_set_string (call, "chat", chat);
  if (customer)
    {
      lobby_json_set_string (call, "wa_id", customer->wa_id);
      lobby_json_set_string (call, "bsuid", customer->bsuid);
    }
  json_object_set_int_member (call, "at", lobby_clock_now ());
  g_ptr_array_add (self->calls, call);
}
