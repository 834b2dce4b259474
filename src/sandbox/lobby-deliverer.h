/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <libsoup/soup.h>

#include "lobby-knobs.h"
#include "lobby-schedule.h"
#include "lobby-webhook-body.h"

G_BEGIN_DECLS

/*
 * Brings updates to the webhook: signed, in batches, several at once, again and again until the
 * other end takes them or patience ends, and with the trouble that the knobs ask for.
 *
 * The updates of one lane keep their order while the knob `ordered` is on: the next one leaves when the
 * former was answered with 200. An update that `reorder` holds back or `drop` loses at first has left its
 * lane, so that later ones overtake it.
 */
typedef struct _LobbyDeliverer LobbyDeliverer;

typedef struct
{
  guint64 queued;       /* wait for their turn */
  guint64 in_flight;    /* deliveries whose answer is awaited */
  guint64 waiting;      /* deliveries and updates that wait for a moment: retries, delays */
  guint64 delivered;    /* answered with 200 */
  guint64 attempts;
  guint64 failed;       /* attempts without a 200 */
} LobbyDeliveryCounts;

/* How a sender of webhooks does it. */
typedef struct
{
  const char  *user_agent;
  gboolean     batches;         /* else every delivery has one update, whatever the knob `batch` says */
  /* The body of one delivery of LobbyUpdate. (transfer full) */
  char       *(*write)          (GPtrArray           *updates,
                                 gpointer             data);
  /* Signs the raw body, and adds whatever headers a signed one has; with @wrong, so that it cannot be right. */
  void        (*sign)           (SoupMessageHeaders  *headers,
                                 const char          *body,
                                 gsize                length,
                                 gboolean             wrong,
                                 gpointer             data);
  gboolean    (*is_taken)       (guint                status);
  /* ms until the next try after @attempts, the first of which was @age ms ago; -1 to give up. */
  gint64      (*pause)          (guint                attempts,
                                 gint64               age,
                                 gpointer             data);
} LobbyDelivererForm;

/* All arguments are borrowed and have to outlive it. */
LobbyDeliverer *lobby_deliverer_new        (LobbySchedule       *schedule,
                                            LobbyKnobs          *knobs,
                                            GRand               *dice,
                                            const LobbyDelivererForm *form,
                                            gpointer             data);
void            lobby_deliverer_free       (LobbyDeliverer      *self);
/* Nothing leaves before there is a URL. */
void            lobby_deliverer_set_url    (LobbyDeliverer      *self,
                                            const char          *url);
const char     *lobby_deliverer_get_url    (LobbyDeliverer      *self);
/* Takes @update. */
void            lobby_deliverer_push       (LobbyDeliverer      *self,
                                            LobbyUpdate         *update);
LobbyDeliveryCounts
                lobby_deliverer_get_counts (LobbyDeliverer      *self);

/* Meta's GET verification of @url. @callback gets NULL when it went well, else what was wrong. */
typedef void (*LobbyVerified)              (const char          *problem,
                                            gpointer             data);
void            lobby_deliverer_verify     (LobbyDeliverer      *self,
                                            const char          *url,
                                            const char          *verify_token,
                                            LobbyVerified        callback,
                                            gpointer             data);

G_END_DECLS
