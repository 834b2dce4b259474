/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <json-glib/json-glib.h>

G_BEGIN_DECLS

/* The trouble that a tester can ask for. Shares are probabilities from 0 to 1. docs/sandbox.md tells what each does. */
typedef struct
{
  /* Webhooks */
  double duplicate;
  double reorder;
  double drop;
  double bad_signature;
  double no_signature;
  double skip_delivered;
  gint64 delay_ms;
  gint64 batch;
  gint64 concurrency;
  gint64 ordered;
  gint64 retry_ms;
  gint64 status_delay_ms;      /* -1: like life */
  gint64 async_fail_code;

  /* Answers to sends */
  gint64 fail_code;
  gint64 fail_count;           /* -1: until turned off */
  gint64 http_status;
  gint64 hang_ms;
  gint64 close_mid_body;
  gint64 cut_uploads;          /* so many more */

  /* Rules of WhatsApp */
  gint64 rate_limits;
  gint64 coexistence;
  gint64 window_ms;
  gint64 window_async;
  gint64 media_url_ms;
  gint64 expire_token;
  gint64 template_review_ms;   /* -1: testers decide */
  double template_reject;

  /* The gateway (lobby-gateway) */
  gint64 qr_first_ms;
  gint64 qr_next_ms;
  gint64 qr_attempts;
  gint64 start_ms;
  gint64 passkey;              /* 1: asked for after a scan; 2: and a code to confirm */
  gint64 flaps;                /* reconnections after a scan */
  gint64 silent;
  double lose;
  double lose_offline;
  double repeat_acks;
  gint64 lid_only;             /* 1: customers are @lid; 2: and their numbers cannot be asked for yet */
  gint64 gateway_engine;       /* LobbyEngine */
  gint64 gateway_media;        /* 1: files failed to download; 2: are not downloaded by configuration */
  gint64 gateway_status;       /* of HTTP, to everything that is asked */

  double speed;
} LobbyKnobs;

void        lobby_knobs_init   (LobbyKnobs   *self);
/* Takes over the members that @json names. Refuses unknown names and values out of range, and then changes nothing. */
gboolean    lobby_knobs_update (LobbyKnobs   *self,
                                JsonObject   *json,
                                GError      **error);
JsonObject *lobby_knobs_to_json (const LobbyKnobs *self);
/* One more send met a trouble of the second group: counts fail_count down, and turns the group off at 0. */
void        lobby_knobs_spend_failure (LobbyKnobs *self);

G_END_DECLS
