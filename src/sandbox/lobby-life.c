/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "lobby-sandbox"

#include "lobby-life.h"

#include <string.h>

#include "lobby-clock.h"
#include "lobby-speech.h"

#define LETTER_MS 80
#define TYPING_LEAST_MS 1200
#define TYPING_MOST_MS 7000
#define RECORDING_MS 5000
#define CHOOSING_MS 2500
#define NEXT_LEAST_MS 20000 /* between two who write of themselves after the script */
#define NEXT_MOST_MS 75000

/* One customer's part: what is left to say, and what is under way. */
typedef struct
{
  LobbyLife *life;
  LobbyRole *role;
  LobbyCustomer *customer;
  GHashTable *names; /* "as" name → wamid */
  guint replies;     /* how many were given */
  guint closings;
  guint laters;
  gboolean owes;    /* the business wrote, and nothing was answered yet */
  guint64 thinking; /* moment at which it begins to type its answer, or 0 */
  GQueue saying;    /* LobbySpeech, borrowed: the turn under way */
} Part;

struct _LobbyLife
{
  LobbyWorld *world;
  LobbyScript *script;
  char *media_folder;
  GPtrArray *parts;
  gboolean started;
};

static void say_next (Part *part);

static void
part_free (gpointer data)
{
  Part *part = data;

  g_queue_clear (&part->saying);
  g_hash_table_unref (part->names);
  g_free (part);
}

static int
throw_dice (LobbyLife *self,
            gint64 least,
            gint64 most)
{
  return most > least ? g_rand_int_range (self->world->dice, (int)least, (int)most + 1) : (int)least;
}

/* The wamid that @speech quotes or reacts to, or NULL; @author gets its writer's number, when it has one. */
static const char *
find_target (Part *part,
             const LobbySpeech *speech,
             const char **author)
{
  const char *id;

  if (!speech->target)
    return NULL;
  id = g_hash_table_lookup (part->names, speech->target);
  if (id)
    {
      *author = part->customer->wa_id;
      return id;
    }
  *author = part->life->world->business->number;
  return part->customer->last_business_id;
}

static void
speak (Part *part,
       const LobbySpeech *speech,
       gint64 timestamp)
{
  LobbyLife *self = part->life;
  const char *author = NULL;
  const char *target = find_target (part, speech, &author);
  g_autoptr (GError) error = NULL;
  g_autofree char *id = NULL;
  JsonObject *message;

  if (speech->kind == LOBBY_SPEECH_REACTION && !target)
    return;
  message = lobby_speech_to_message (self->world, speech, self->media_folder, target, author, &error);
  if (!message)
    {
      g_warning ("%s could not say something: %s", part->role->handle, error->message);
      return;
    }
  id = lobby_customer_send (part->customer, message, timestamp);
  if (speech->name)
    g_hash_table_replace (part->names, g_strdup (speech->name), g_steal_pointer (&id));
}

/* How long one is seen typing (or choosing, recording) before @speech arrives. */
static gint64
typing_time (const LobbySpeech *speech)
{
  switch (speech->kind)
    {
    case LOBBY_SPEECH_TEXT:
      return CLAMP (g_utf8_strlen (speech->words[0], -1) * LETTER_MS, TYPING_LEAST_MS, TYPING_MOST_MS);
    case LOBBY_SPEECH_VOICE:
      return RECORDING_MS;
    case LOBBY_SPEECH_REACTION:
      return TYPING_LEAST_MS;
    default:
      return CHOOSING_MS;
    }
}

static LobbyDoing
what_is_seen (const LobbySpeech *speech)
{
  switch (speech->kind)
    {
    case LOBBY_SPEECH_REACTION:
      return LOBBY_DOING_NOTHING;
    case LOBBY_SPEECH_VOICE:
      return LOBBY_DOING_RECORDING;
    default:
      return LOBBY_DOING_TYPING;
    }
}

static void
said_moment (gpointer data)
{
  Part *part = data;
  const LobbySpeech *speech = g_queue_pop_head (&part->saying);

  lobby_customer_set_doing (part->customer, LOBBY_DOING_NOTHING);
  speak (part, speech, 0);
  if (part->saying.length > 0)
    say_next (part);
}

static void
say_next (Part *part)
{
  const LobbySpeech *speech = g_queue_peek_head (&part->saying);

  lobby_customer_set_doing (part->customer, what_is_seen (speech));
  lobby_schedule_add (part->life->world->schedule, typing_time (speech), said_moment, part, NULL);
}

static void
say_turn (Part *part,
          GPtrArray *turn)
{
  gboolean silent = part->saying.length == 0;

  for (guint i = 0; i < turn->len; i++)
    g_queue_push_tail (&part->saying, g_ptr_array_index (turn, i));
  if (silent && part->saying.length > 0)
    say_next (part);
}

static void
answer_moment (gpointer data)
{
  Part *part = data;
  LobbyRole *role = part->role;

  part->thinking = 0;
  part->owes = FALSE;
  if (part->replies < role->replies->len)
    say_turn (part, g_ptr_array_index (role->replies, part->replies++));
  else if (role->closings->len > 0)
    say_turn (part, g_ptr_array_index (role->closings, part->closings++ % role->closings->len));
}

static void
business_wrote (LobbySent *sent,
                gpointer data)
{
  Part *part = sent->customer->part;

  if (part)
    part->owes = TRUE;
}

static void
customer_read (LobbyCustomer *customer,
               gpointer data)
{
  Part *part = customer->part;
  LobbyLife *self = data;

  if (!part || !part->owes || part->role->answers[0] < 0)
    return;
  /* More came while it was thinking: it thinks anew, and answers all of it at once. */
  if (part->thinking)
    lobby_schedule_remove (self->world->schedule, part->thinking);
  part->thinking = lobby_schedule_add (self->world->schedule, throw_dice (self, part->role->answers[0], part->role->answers[1]),
                                       answer_moment, part, NULL);
}

/* Whoever has said least of what they still have to say. */
static Part *
choose_part (LobbyLife *self)
{
  g_autoptr (GPtrArray) willing = g_ptr_array_new ();
  guint least = G_MAXUINT;

  for (guint i = 0; i < self->parts->len; i++)
    {
      Part *part = g_ptr_array_index (self->parts, i);
      guint rounds = part->role->laters->len ? part->laters / part->role->laters->len : G_MAXUINT;

      if (rounds == G_MAXUINT || rounds > least || part->saying.length > 0)
        continue;
      if (rounds < least)
        g_ptr_array_set_size (willing, 0);
      least = rounds;
      g_ptr_array_add (willing, part);
    }
  return willing->len ? g_ptr_array_index (willing, throw_dice (self, 0, willing->len - 1)) : NULL;
}

static void
later_moment (gpointer data)
{
  LobbyLife *self = data;
  Part *part = choose_part (self);

  if (part)
    say_turn (part, g_ptr_array_index (part->role->laters, part->laters++ % part->role->laters->len));
  lobby_schedule_add (self->world->schedule, throw_dice (self, NEXT_LEAST_MS, NEXT_MOST_MS), later_moment, self, NULL);
}

typedef struct
{
  Part *part;
  LobbySpeech *speech;
} Entrance;

static void
entrance_moment (gpointer data)
{
  Entrance *entrance = data;
  Part *part = entrance->part;

  g_queue_push_tail (&part->saying, entrance->speech);
  if (part->saying.length == 1)
    say_next (part);
}

static void
schedule_cue (LobbyLife *self,
              LobbyCue *cue,
              Part *part)
{
  Entrance *entrance = g_new0 (Entrance, 1);

  entrance->part = part;
  entrance->speech = cue->speech;
  /* The cue says when it arrives; the typing is before that. */
  lobby_schedule_add (self->world->schedule, cue->msec - typing_time (cue->speech), entrance_moment, entrance, g_free);
}

static Part *
part_of (LobbyLife *self,
         LobbyRole *role)
{
  for (guint i = 0; i < self->parts->len; i++)
    {
      Part *part = g_ptr_array_index (self->parts, i);

      if (part->role == role)
        return part;
    }
  g_assert_not_reached ();
}

void
lobby_life_start (LobbyLife *self)
{
  gint64 now = lobby_clock_now ();
  gint64 end = 0;

  if (self->started)
    return;
  self->started = TRUE;
  for (guint i = 0; i < self->script->cues->len; i++)
    {
      LobbyCue *cue = g_ptr_array_index (self->script->cues, i);
      Part *part = part_of (self, cue->role);

      if (cue->before)
        {
          speak (part, cue->speech, now - cue->msec);
          continue;
        }
      end = MAX (end, cue->msec);
      schedule_cue (self, cue, part);
    }
  lobby_schedule_add (self->world->schedule, end + throw_dice (self, NEXT_LEAST_MS, NEXT_MOST_MS), later_moment, self, NULL);
}

static const LobbyWorldEvents events = { business_wrote, customer_read };

LobbyLife *
lobby_life_new (LobbyWorld *world,
                LobbyScript *script,
                const char *media_folder)
{
  LobbyLife *self = g_new0 (LobbyLife, 1);

  self->world = world;
  self->script = script;
  self->media_folder = g_strdup (media_folder);
  self->parts = g_ptr_array_new_with_free_func (part_free);
  for (guint i = 0; i < script->roles->len; i++)
    {
      LobbyRole *role = g_ptr_array_index (script->roles, i);
      Part *part = g_new0 (Part, 1);

      part->life = self;
      part->role = role;
      part->names = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
      part->customer = lobby_world_add_customer (world, role->wa_id, role->bsuid, role->name, role->username);
      part->customer->part = part;
      part->customer->reads_least = role->reads[0];
      part->customer->reads_most = role->reads[1];
      g_set_str (&part->customer->portrait, role->portrait);
      g_queue_init (&part->saying);
      g_ptr_array_add (self->parts, part);
    }
  world->events = &events;
  world->events_data = self;
  return self;
}

void
lobby_life_free (LobbyLife *self)
{
  self->world->events = NULL;
  g_ptr_array_unref (self->parts);
  lobby_script_free (self->script);
  g_free (self->media_folder);
  g_free (self);
}
