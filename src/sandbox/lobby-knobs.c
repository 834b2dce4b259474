/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lobby-knobs.h"

#include <gio/gio.h>

typedef enum
{
  KNOB_SHARE,
  KNOB_NUMBER,
  KNOB_SWITCH,
  KNOB_SPEED,
} KnobKind;

typedef struct
{
  const char *name;
  KnobKind kind;
  gsize offset;
  double initial;
  double lowest;
  double highest;
} Knob;

#define DAY (24.0 * 3600 * 1000)
#define SHARE(field) { #field, KNOB_SHARE, G_STRUCT_OFFSET (LobbyKnobs, field), 0, 0, 1 }
#define SWITCH(field, value) { #field, KNOB_SWITCH, G_STRUCT_OFFSET (LobbyKnobs, field), value, 0, 1 }
#define NUMBER(field, value, lowest, highest) { #field, KNOB_NUMBER, G_STRUCT_OFFSET (LobbyKnobs, field), value, lowest, highest }

static const Knob knobs[] = {
  SHARE (duplicate),
  SHARE (reorder),
  SHARE (drop),
  SHARE (bad_signature),
  SHARE (no_signature),
  SHARE (skip_delivered),
  NUMBER (delay_ms, 0, 0, DAY),
  NUMBER (batch, 1, 1, 1000),
  NUMBER (concurrency, 8, 1, 64),
  SWITCH (ordered, 1),
  NUMBER (retry_ms, 1000, 0, DAY),
  NUMBER (status_delay_ms, -1, -1, DAY),
  NUMBER (async_fail_code, 0, 0, 9999999),
  NUMBER (fail_code, 0, 0, 9999999),
  NUMBER (fail_count, -1, -1, 1000000),
  NUMBER (http_status, 0, 0, 599),
  NUMBER (hang_ms, 0, 0, DAY),
  SWITCH (close_mid_body, 0),
  NUMBER (cut_uploads, 0, 0, 1000000),
  SWITCH (rate_limits, 1),
  SWITCH (coexistence, 0),
  NUMBER (window_ms, DAY, 0, 30 * DAY),
  SWITCH (window_async, 0),
  NUMBER (media_url_ms, 5 * 60 * 1000, 0, DAY),
  SWITCH (expire_token, 0),
  NUMBER (template_review_ms, 3000, -1, DAY),
  SHARE (template_reject),
  NUMBER (qr_first_ms, 60000, 0, DAY),
  NUMBER (qr_next_ms, 20000, 0, DAY),
  NUMBER (qr_attempts, 6, 1, 1000),
  NUMBER (start_ms, 400, 0, DAY),
  NUMBER (passkey, 0, 0, 2),
  NUMBER (flaps, 0, 0, 100),
  SWITCH (silent, 0),
  SHARE (lose),
  SHARE (lose_offline),
  SHARE (repeat_acks),
  NUMBER (lid_only, 0, 0, 2),
  NUMBER (gateway_engine, 0, 0, 2),
  NUMBER (gateway_media, 0, 0, 2),
  NUMBER (gateway_status, 0, 0, 599),
  { "speed", KNOB_SPEED, G_STRUCT_OFFSET (LobbyKnobs, speed), 1, 0.01, 10000 },
};

static gboolean
is_fraction (const Knob *knob)
{
  return knob->kind == KNOB_SHARE || knob->kind == KNOB_SPEED;
}

static void
knob_set (LobbyKnobs *self,
          const Knob *knob,
          double value)
{
  if (is_fraction (knob))
    G_STRUCT_MEMBER (double, self, knob->offset) = value;
  else
    G_STRUCT_MEMBER (gint64, self, knob->offset) = (gint64)value;
}

static const Knob *
knob_find (const char *name)
{
  for (guint i = 0; i < G_N_ELEMENTS (knobs); i++)
    if (g_str_equal (knobs[i].name, name))
      return &knobs[i];
  return NULL;
}

static gboolean
knob_read (const Knob *knob,
           JsonNode *node,
           double *value,
           GError **error)
{
  GType type = JSON_NODE_HOLDS_VALUE (node) ? json_node_get_value_type (node) : G_TYPE_INVALID;

  if (type == G_TYPE_INT64)
    *value = (double)json_node_get_int (node);
  else if (type == G_TYPE_DOUBLE)
    *value = json_node_get_double (node);
  else if (type == G_TYPE_BOOLEAN && knob->kind != KNOB_SPEED)
    *value = json_node_get_boolean (node);
  else if (JSON_NODE_HOLDS_NULL (node))
    *value = knob->initial;
  else
    {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT, "%s has to be a number", knob->name);
      return FALSE;
    }
  if (!(*value >= knob->lowest && *value <= knob->highest))
    {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT, "%s has to be from %g to %g", knob->name, knob->lowest, knob->highest);
      return FALSE;
    }
  return TRUE;
}

void
lobby_knobs_init (LobbyKnobs *self)
{
  for (guint i = 0; i < G_N_ELEMENTS (knobs); i++)
    knob_set (self, &knobs[i], knobs[i].initial);
}

gboolean
lobby_knobs_update (LobbyKnobs *self,
                    JsonObject *json,
                    GError **error)
{
  g_autoptr (GList) names = json_object_get_members (json);
  LobbyKnobs changed = *self;

  for (GList *l = names; l; l = l->next)
    {
      const Knob *knob = knob_find (l->data);
      double value;

      if (!knob)
        {
          g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT, "There is no knob “%s”", (const char *)l->data);
          return FALSE;
        }
      if (!knob_read (knob, json_object_get_member (json, l->data), &value, error))
        return FALSE;
      knob_set (&changed, knob, value);
    }
  *self = changed;
  return TRUE;
}

JsonObject *
lobby_knobs_to_json (const LobbyKnobs *self)
{
  JsonObject *json = json_object_new ();

  for (guint i = 0; i < G_N_ELEMENTS (knobs); i++)
    {
      const Knob *knob = &knobs[i];

      if (is_fraction (knob))
        json_object_set_double_member (json, knob->name, G_STRUCT_MEMBER (double, self, knob->offset));
      else
        json_object_set_int_member (json, knob->name, G_STRUCT_MEMBER (gint64, self, knob->offset));
    }
  return json;
}

void
lobby_knobs_spend_failure (LobbyKnobs *self)
{
  if (self->fail_count > 0)
    self->fail_count--;
  if (self->fail_count != 0)
    return;
  self->fail_count = -1;
  self->fail_code = 0;
  self->async_fail_code = 0;
  self->http_status = 0;
  self->hang_ms = 0;
  self->close_mid_body = 0;
}
