/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "lobby-server"

/*
 * A member is either catching up or live, never both:
 *   catching up  its cursor is the seq of the last event it was sent; slices come from the event log,
 *                one a turn of the loop and only while the socket has no backlog
 *   live         it is in the LobbyRoom and gets what is committed from then on
 * The room's last_seq is the newest event that was given to the LobbyRoom. A member turns live when its
 * cursor reaches last_seq, and LobbyRoom gives it only what is appended later; so no event slips between and none
 * comes twice. Events of the log beyond last_seq (committed in this moment, not yet signalled) are left to the live path.
 */

#include "lobby-hub-private.h"
#include "lobby-metrics.h"

#define SLICE_EVENTS 256
#define SLICE_BYTES (128 * 1024)

typedef struct
{
  char *business_id;
  gint64 last_seq;
  guint n_members; /* live and catching up */
  LobbyRoom *live;
} Room;

struct _LobbyMember
{
  LobbyRoomPlace place;
  GList link; /* in the socket's members */
  Room *room;
  LobbyAgentSocket *socket;
  gint64 cursor;
  gboolean catching_up;
  GList turn; /* in the queue of those that get a slice, when its data is set */
};

struct _LobbyMemberships
{
  LobbyHub *hub;
  LobbyFanOut *fan_out;
  GHashTable *rooms; /* business id → Room */
  GQueue turns;
  GSource *source;
};

static void
room_free (gpointer data)
{
  Room *room = data;

  lobby_room_free (room->live);
  g_free (room->business_id);
  g_free (room);
}

static Room *
ensure_room (LobbyMemberships *self,
             const char *business_id)
{
  Room *room = g_hash_table_lookup (self->rooms, business_id);

  if (room == NULL)
    {
      room = g_new0 (Room, 1);
      room->business_id = g_strdup (business_id);
      room->last_seq = lobby_storage (self->hub->storage, get_seq, business_id);
      room->live = lobby_room_new (self->fan_out);
      g_hash_table_insert (self->rooms, room->business_id, room);
    }
  return room;
}

static void
queue_turn (LobbyMemberships *self,
            LobbyMember *member)
{
  if (member->turn.data != NULL)
    return;
  member->turn.data = member;
  g_queue_push_tail_link (&self->turns, &member->turn);
  g_source_set_ready_time (self->source, 0);
}

static void
drop_turn (LobbyMemberships *self,
           LobbyMember *member)
{
  if (member->turn.data == NULL)
    return;
  g_queue_unlink (&self->turns, &member->turn);
  member->turn.data = NULL;
}

static char *
encode_seq (const LobbyLogEvent *event,
            const char *name)
{
  g_autofree char *payload = lobby_log_event_encode_seq (event);

  return lobby_socket_event_encode ("/", LOBBY_SOCKET_NO_ACK, name, payload);
}

static char *
encode_event (const LobbyLogEvent *event)
{
  return lobby_socket_event_encode ("/", LOBBY_SOCKET_NO_ACK, event->name, event->payload);
}

static void
turn_live (LobbyMember *member)
{
  member->catching_up = FALSE;
  lobby_room_add (member->room->live, &member->place, member->socket);
}

static void
reset (LobbyMember *member)
{
  const LobbyLogEvent newest = { .business_id = member->room->business_id, .seq = member->room->last_seq };
  g_autofree char *message = encode_seq (&newest, lobby_event_kind_to_name (LOBBY_EVENT_SYNC_RESET));

  lobby_agent_socket_send (member->socket, message);
  turn_live (member);
}

static void
send_slice (LobbyMember *member,
            GPtrArray *events)
{
  GByteArray *frames = g_byte_array_new ();
  g_autoptr (GBytes) bytes = NULL;

  for (guint i = 0; i < events->len && frames->len < SLICE_BYTES; i++)
    {
      LobbyLogEvent *event = g_ptr_array_index (events, i);
      g_autofree char *message = NULL;

      if (event->seq > member->room->last_seq)
        break;
      message = encode_event (event);
      lobby_engine_frames_append (frames, message);
      member->cursor = event->seq;
    }
  bytes = g_byte_array_free_to_bytes (frames);
  lobby_agent_socket_send_frames (member->socket, bytes);
}

static void
catch_up (LobbyMemberships *self,
          LobbyMember *member)
{
  g_autoptr (GPtrArray) events = NULL;
  gint64 before = member->cursor;

  if (lobby_peer_get_backlog (member->socket->peer) > 0)
    return; /* until it has drained */
  if (!lobby_storage (self->hub->storage, list_events, member->room->business_id, member->cursor, SLICE_EVENTS, &events))
    {
      reset (member);
      return;
    }
  send_slice (member, events);
  if (member->cursor >= member->room->last_seq)
    turn_live (member);
  else if (member->cursor == before)
    reset (member); /* the log has a hole */
  else
    queue_turn (self, member);
}

static gboolean
turns_dispatch (GSource *source,
                GSourceFunc callback,
                gpointer user_data)
{
  LobbyMemberships *self = user_data;
  LobbyMember *member = g_queue_peek_head (&self->turns);

  if (member != NULL)
    {
      drop_turn (self, member);
      catch_up (self, member);
    }
  g_source_set_ready_time (source, self->turns.length > 0 ? 0 : -1);
  return G_SOURCE_CONTINUE;
}

static gboolean
turns_callback (gpointer data)
{
  return G_SOURCE_CONTINUE;
}

LobbyMemberships *
lobby_memberships_new (LobbyHub *hub)
{
  static GSourceFuncs funcs = { .dispatch = turns_dispatch };
  LobbyMemberships *self = g_new0 (LobbyMemberships, 1);

  self->hub = hub;
  self->fan_out = lobby_fan_out_new (lobby_agent_socket_send_frames, lobby_agent_socket_touch);
  self->rooms = g_hash_table_new_full (g_str_hash, g_str_equal, NULL, room_free);
  self->source = g_source_new (&funcs, sizeof (GSource));
  g_source_set_callback (self->source, turns_callback, self, NULL);
  g_source_set_static_name (self->source, "[lobbyd] replays");
  g_source_attach (self->source, g_main_context_get_thread_default ());
  return self;
}

void
lobby_memberships_free (LobbyMemberships *self)
{
  g_assert (g_hash_table_size (self->rooms) == 0);

  g_hash_table_unref (self->rooms);
  lobby_fan_out_free (self->fan_out);
  g_source_destroy (self->source);
  g_source_unref (self->source);
  g_free (self);
}

static void
remove_member (LobbyMemberships *self,
               LobbyMember *member)
{
  Room *room = member->room;

  drop_turn (self, member);
  lobby_room_remove (&member->place);
  g_queue_unlink (&member->socket->members, &member->link);
  g_free (member);
  if (--room->n_members == 0)
    g_hash_table_remove (self->rooms, room->business_id);
}

static LobbyMember *
find_member (LobbyAgentSocket *socket,
             const char *business_id)
{
  for (GList *link = socket->members.head; link != NULL; link = link->next)
    {
      LobbyMember *member = link->data;

      if (strcmp (member->room->business_id, business_id) == 0)
        return member;
    }
  return NULL;
}

void
lobby_memberships_join (LobbyMemberships *self,
                        LobbyAgentSocket *socket,
                        const char *business_id,
                        gint64 since,
                        gint64 ack_id)
{
  LobbyMember *member;
  Room *room;

  /* Joining again is how a client that sees a gap asks for the rest. */
  lobby_memberships_leave (self, socket, business_id);
  room = ensure_room (self, business_id);
  member = g_new0 (LobbyMember, 1);
  member->room = room;
  member->socket = socket;
  member->cursor = since;
  room->n_members++;
  member->link.data = member;
  g_queue_push_tail_link (&socket->members, &member->link);

  lobby_agent_socket_ack (socket, ack_id, room->last_seq);
  if (since < 0 || since == room->last_seq)
    {
      turn_live (member);
      return;
    }
  member->catching_up = TRUE;
  queue_turn (self, member);
}

void
lobby_memberships_leave (LobbyMemberships *self,
                         LobbyAgentSocket *socket,
                         const char *business_id)
{
  LobbyMember *member = find_member (socket, business_id);

  if (member != NULL)
    remove_member (self, member);
}

void
lobby_memberships_leave_all (LobbyMemberships *self,
                             LobbyAgentSocket *socket)
{
  while (socket->members.tail != NULL)
    remove_member (self, socket->members.tail->data);
}

void
lobby_memberships_drained (LobbyMemberships *self,
                           LobbyAgentSocket *socket)
{
  for (GList *link = socket->members.head; link != NULL; link = link->next)
    {
      LobbyMember *member = link->data;

      if (member->catching_up)
        queue_turn (self, member);
    }
}

static LobbyMember *
find_excepted (LobbyMemberships *self,
               const LobbyLogEvent *event)
{
  LobbyAgentSocket *socket = event->except != NULL ? g_hash_table_lookup (self->hub->by_sid, event->except) : NULL;
  LobbyMember *member = socket != NULL ? find_member (socket, event->business_id) : NULL;

  return member != NULL && !member->catching_up ? member : NULL;
}

/* Asked anew each time: a role can change while its agent is connected. */
static gboolean
is_owner (gpointer owner,
          gpointer storage)
{
  const LobbyAgentSocket *socket = owner;
  g_autoptr (LobbyAgent) agent = lobby_storage (storage, get_agent, socket->agent_id);

  return agent != NULL && strcmp (agent->role, "owner") == 0;
}

static void
send_to_owners (LobbyMemberships *self,
                Room *room,
                const LobbyLogEvent *event)
{
  g_autofree char *message = encode_event (event);
  g_autofree char *instead = encode_seq (event, LOBBY_LOG_EVENT_SEQ);

  lobby_room_send_some (room->live, message, instead, is_owner, self->hub->storage);
}

static void
send_event (LobbyMemberships *self,
            Room *room,
            const LobbyLogEvent *event)
{
  g_autofree char *message = NULL, *instead = NULL;
  LobbyMember *excepted;

  if (event->owners_only)
    send_to_owners (self, room, event);
  else
    {
      message = encode_event (event);
      excepted = find_excepted (self, event);
      if (excepted != NULL)
        instead = encode_seq (event, LOBBY_LOG_EVENT_SEQ);
      lobby_room_send (room->live, message, excepted != NULL ? &excepted->place : NULL, instead);
    }
  lobby_metrics_add (LOBBY_METRIC_DELIVERIES, NULL, lobby_room_count (room->live));
  room->last_seq = event->seq;
}

/* What another process committed (lobbyd connection edit), up to before event @end. When the log has not all of it, clients see the
 * gap and join again. */
static void
send_missed (LobbyMemberships *self,
             Room *room,
             gint64 end)
{
  while (room->last_seq + 1 < end)
    {
      g_autoptr (GPtrArray) events = NULL;

      if (!lobby_storage (self->hub->storage, list_events, room->business_id, room->last_seq, SLICE_EVENTS, &events) || events->len == 0)
        return;
      for (guint i = 0; i < events->len && ((LobbyLogEvent *)g_ptr_array_index (events, i))->seq < end; i++)
        send_event (self, room, g_ptr_array_index (events, i));
    }
}

void
lobby_memberships_send_missed (LobbyMemberships *self)
{
  GHashTableIter iter;
  gpointer room;

  g_hash_table_iter_init (&iter, self->rooms);
  while (g_hash_table_iter_next (&iter, NULL, &room))
    send_missed (self, room, G_MAXINT64);
}

void
lobby_memberships_committed (LobbyMemberships *self,
                             GPtrArray *events)
{
  for (guint i = 0; i < events->len; i++)
    {
      const LobbyLogEvent *event = g_ptr_array_index (events, i);
      Room *room = g_hash_table_lookup (self->rooms, event->business_id);

      if (room == NULL)
        continue;
      send_missed (self, room, event->seq);
      if (event->seq > room->last_seq)
        send_event (self, room, event);
    }
}
