/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lobby-timeline-private.h"

/* The timeline's backend when a LobbyAccount is behind it. */

static DexFuture *
load_older (gpointer data,
            LobbyConversation *conversation)
{
  return lobby_account_load_older (data, conversation);
}

static DexFuture *
fetch_media (gpointer data,
             LobbyMessage *message)
{
  return lobby_account_fetch_media (data, message);
}

static DexFuture *
fetch_thumbnail (gpointer data,
                 LobbyMessage *message)
{
  return lobby_account_fetch_thumbnail (data, message);
}

static gboolean
retry (gpointer data,
       LobbyMessage *message,
       GError **error)
{
  return lobby_account_retry (data, message, error);
}

static gboolean
discard (gpointer data,
         LobbyMessage *message,
         GError **error)
{
  return lobby_account_discard (data, message, error);
}

/* Colleagues are named; what this agent wrote needs no name. */
static const char *
agent_label (gpointer data,
             const char *agent_id)
{
  g_autofree char *own = NULL;

  g_object_get (data, "agent-id", &own, NULL);
  return g_strcmp0 (own, agent_id) != 0 ? lobby_account_get_agent_label (data, agent_id) : NULL;
}

static const LobbyTimelineBackend account_backend = { load_older, fetch_media, fetch_thumbnail, retry, discard, agent_label };

void
lobby_timeline_set_conversation (LobbyTimeline *self,
                                 LobbyAccount *account,
                                 LobbyConversation *conversation)
{
  g_return_if_fail (LOBBY_IS_TIMELINE (self));

  if (account == NULL)
    conversation = NULL;
  lobby_timeline_open (self, &account_backend, account, account != NULL ? lobby_account_get_store (account) : NULL, conversation);
}
