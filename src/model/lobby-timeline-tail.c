/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "lobby-model"

#include "lobby-message-window.h"

struct _LobbyTimelineTail
{
  GObject parent_instance;

  gboolean typing;
};

G_DEFINE_FINAL_TYPE (LobbyTimelineTail, lobby_timeline_tail, G_TYPE_OBJECT)

enum
{
  PROP_0,
  PROP_TYPING,
  N_PROPS
};

static GParamSpec *properties[N_PROPS];

static void
lobby_timeline_tail_get_property (GObject *object,
                                  guint prop_id,
                                  GValue *value,
                                  GParamSpec *pspec)
{
  LobbyTimelineTail *self = LOBBY_TIMELINE_TAIL (object);

  if (prop_id == PROP_TYPING)
    g_value_set_boolean (value, self->typing);
  else
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
}

static void
lobby_timeline_tail_set_property (GObject *object,
                                  guint prop_id,
                                  const GValue *value,
                                  GParamSpec *pspec)
{
  LobbyTimelineTail *self = LOBBY_TIMELINE_TAIL (object);

  if (prop_id != PROP_TYPING)
    {
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
  else if (self->typing != g_value_get_boolean (value))
    {
      self->typing = g_value_get_boolean (value);
      g_object_notify_by_pspec (object, pspec);
    }
}

static void
lobby_timeline_tail_class_init (LobbyTimelineTailClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->get_property = lobby_timeline_tail_get_property;
  object_class->set_property = lobby_timeline_tail_set_property;

  properties[PROP_TYPING] = g_param_spec_boolean ("typing", NULL, NULL, FALSE,
                                                  G_PARAM_READWRITE | G_PARAM_EXPLICIT_NOTIFY | G_PARAM_STATIC_STRINGS);
  g_object_class_install_properties (object_class, N_PROPS, properties);
}

static void
lobby_timeline_tail_init (LobbyTimelineTail *self)
{
}
