/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "lobby-server"

#include "lobby-hub-private.h"

#include <string.h>

/* From OPEN to CONNECT. */
#define CONNECT_MSEC 20000
#define MAX_MESSAGE (1024 * 1024)
#define PACKETS_PER_SECOND 100
#define MAX_REFUSED 5

G_DEFINE_FINAL_TYPE (LobbyHub, lobby_hub, G_TYPE_OBJECT)

static void
on_committed (LobbyStorage *storage,
              GPtrArray *events,
              gpointer data)
{
  LobbyHub *self = data;

  lobby_memberships_committed (self->memberships, events);
}

static void
lobby_hub_dispose (GObject *object)
{
  LobbyHub *self = LOBBY_HUB (object);

  lobby_hub_stop (self);
  g_clear_pointer (&self->memberships, lobby_memberships_free);
  g_clear_pointer (&self->server, lobby_socket_server_free);
  g_clear_pointer (&self->by_sid, g_hash_table_unref);
  g_clear_object (&self->storage);
  G_OBJECT_CLASS (lobby_hub_parent_class)->dispose (object);
}

static void
lobby_hub_class_init (LobbyHubClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = lobby_hub_dispose;

  /* Emitted by name where requests are handled. */
  g_signal_new ("typing", LOBBY_TYPE_HUB, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                G_TYPE_NONE, 4, G_TYPE_STRING, G_TYPE_STRING, G_TYPE_BOOLEAN, G_TYPE_STRING);
  g_signal_new ("read", LOBBY_TYPE_HUB, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                G_TYPE_NONE, 3, G_TYPE_STRING, G_TYPE_STRING, G_TYPE_STRING);
}

static void
lobby_hub_init (LobbyHub *self)
{
  self->memberships = lobby_memberships_new (self);
  self->by_sid = g_hash_table_new (g_str_hash, g_str_equal);
}

LobbyHub *
lobby_hub_new (LobbyHttpServer *http,
               LobbyStorage *storage,
               guint ping_interval_msec,
               guint ping_timeout_msec,
               guint max_sockets)
{
  const LobbySocketOptions options = {
    .engine = {
        .ping_interval = ping_interval_msec,
        .ping_timeout = ping_timeout_msec,
        .max_payload = MAX_MESSAGE,
        .max_sessions = max_sockets,
        .packets_per_second = PACKETS_PER_SECOND,
        /* Whoever asks brings a token in the protocol; nothing depends on what a browser adds by itself. */
        .cors_origin = "*",
    },
    .connect_timeout = CONNECT_MSEC,
    .max_refused = MAX_REFUSED,
  };
  LobbyHub *self = g_object_new (LOBBY_TYPE_HUB, NULL);

  self->storage = g_object_ref (storage);
  self->server = lobby_socket_server_new (http, "/socket.io", &options);
  lobby_socket_server_add_namespace (self->server, "/", &lobby_agent_socket_handler, self);
  self->committed = g_signal_connect (storage, "committed", G_CALLBACK (on_committed), self);
  return self;
}

guint
lobby_hub_count_sockets (LobbyHub *self)
{
  g_return_val_if_fail (LOBBY_IS_HUB (self), 0);

  return self->server != NULL ? lobby_socket_server_count (self->server) : 0;
}

void
lobby_hub_drop_token (LobbyHub *self,
                      const char *token_hash)
{
  GList *next;

  g_return_if_fail (LOBBY_IS_HUB (self));
  g_return_if_fail (token_hash != NULL);

  for (GList *link = self->sockets.head; link != NULL; link = next)
    {
      LobbyAgentSocket *socket = link->data;

      next = link->next;
      if (g_strcmp0 (socket->token_hash, token_hash) == 0)
        lobby_peer_kick (socket->peer);
    }
}

static void
drop_revoked (LobbyHub *self)
{
  GList *next;

  for (GList *link = self->sockets.head; link != NULL; link = next)
    {
      LobbyAgentSocket *socket = link->data;
      g_autoptr (GError) error = NULL;
      g_autoptr (LobbyAgent) agent = lobby_storage (self->storage, find_agent_by_token, socket->token_hash, &error);

      next = link->next;
      if (agent == NULL && error == NULL)
        lobby_peer_kick (socket->peer);
    }
}

void
lobby_hub_look_outside (LobbyHub *self)
{
  g_return_if_fail (LOBBY_IS_HUB (self));

  lobby_memberships_send_missed (self->memberships);
  drop_revoked (self);
}

gboolean
lobby_hub_has_token (LobbyHub *self,
                     const char *token_hash)
{
  g_return_val_if_fail (LOBBY_IS_HUB (self), FALSE);

  for (GList *link = self->sockets.head; link != NULL; link = link->next)
    {
      if (strcmp (((LobbyAgentSocket *)link->data)->token_hash, token_hash) == 0)
        return TRUE;
    }
  return FALSE;
}

void
lobby_hub_stop_polling (LobbyHub *self)
{
  g_return_if_fail (LOBBY_IS_HUB (self));

  lobby_socket_server_stop_polling (self->server);
}

void
lobby_hub_stop (LobbyHub *self)
{
  g_return_if_fail (LOBBY_IS_HUB (self));

  self->stopped = TRUE;
  if (self->storage != NULL)
    g_clear_signal_handler (&self->committed, self->storage);
  if (self->server != NULL)
    lobby_socket_server_stop (self->server);
}
