/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/*
 * What the server did since it was started, for Prometheus: counters and histograms, kept by whoever does the work. What is to be
 * told as it is at the moment of asking (queues, sockets) is written then, see lobby-rest-metrics.c. Main thread only.
 */
typedef enum
{
  LOBBY_METRIC_WEBHOOKS,            /* result: stored, refused, failed */
  LOBBY_METRIC_RECEIVED,            /* result: new, duplicate */
  LOBBY_METRIC_EVENTS,
  LOBBY_METRIC_DELIVERIES,
  LOBBY_METRIC_SENDS,               /* result: sent, failed, unknown, again */
  LOBBY_METRIC_SEND_FAILURES,       /* code: WhatsApp's */
  LOBBY_METRIC_FILES,               /* result: fetched, failed, again */
  LOBBY_METRIC_SIGN_INS,            /* result: done, refused, limited */
  LOBBY_METRIC_COMMIT_FAILURES,
  LOBBY_METRIC_COMMITS,             /* histogram, s */
  LOBBY_METRIC_LOOP_LAG,            /* histogram, s */
  LOBBY_N_METRICS
} LobbyMetric;

/* @value is of the metric's label, NULL when it has none. Beyond some dozens of values all further ones are "other". */
void lobby_metrics_add     (LobbyMetric  metric,
                            const char  *value,
                            guint64      n);
void lobby_metrics_observe (LobbyMetric  metric,
                            gint64       usec);
/* Appends all of them in Prometheus' text format. */
void lobby_metrics_write   (GString     *text);
/* Appends one that is told as it is now: the head of a name, then its values. @label may be NULL. */
void lobby_metrics_head    (GString     *text,
                            const char  *name,
                            const char  *help);
void lobby_metrics_gauge   (GString     *text,
                            const char  *name,
                            const char  *label,
                            const char  *value,
                            double       number);

G_END_DECLS
