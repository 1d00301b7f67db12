/** Nothing here may be longer than ten letters: two words and a number must fit into 20 characters. */
export const adjectives = (
  'able airy alert amber ample apt ardent autumn azure balmy basic blithe bold brave breezy bright brisk bronze '
  + 'calm candid careful chief civil clean clear clever cloudy coastal copper coral cosmic cosy crisp curious '
  + 'daring dawn deep deft dense distant dusky eager early earnest easy elegant even exact fair famous fancy '
  + 'fertile fine firm fleet fluent fond frank free fresh frosty gentle glad golden grand green hardy hazel hearty '
  + 'hidden high honest humble icy idle jade jolly keen kind large lasting level light lively lofty loyal lucid '
  + 'lunar mellow merry mild misty modest mossy neat nimble noble northern open patient pearly placid polite prime '
  + 'proud pure quick quiet rapid ready rich robust rocky rosy round royal rugged rustic sage salty sandy serene '
  + 'sharp shiny silent silver simple sleek smooth snowy snug solar solid sound southern spare stable steady steep '
  + 'still stony sturdy subtle sunny sure swift tall tame tender tidy tiny topaz tranquil true upbeat useful valid '
  + 'vast verdant vivid warm wary western wide wild wise witty young zesty'
).split(' ')

export const nouns = (
  'acorn alcove alder anchor apple arch aspen atlas badger bank barley basin bay beacon beech birch bluff boulder '
  + 'bramble bridge brook buoy cabin cairn canal canyon cape cedar chapel cherry cliff clover cloud coast comet '
  + 'compass coral cove crag crane creek crest cypress dale delta den dock dune eagle echo elm ember falcon fern '
  + 'field finch fjord flint forest fox gable garden gate geyser glade glen gorge grove gulf gull harbor hare hawk '
  + 'heath hedge heron hill hollow holly hut inlet iris island ivy juniper kelp knoll lagoon lake lantern larch '
  + 'lark ledge lichen lily linden lodge lynx maple marsh marten meadow mesa mill mint moor moss mountain oak oasis '
  + 'orchard osprey otter owl palm pass path peak pebble pier pine plain plateau plover pond poplar quarry quartz '
  + 'rapids raven reed reef ridge river robin rock rowan sage sail sandbar sequoia shale shore sierra slate slope '
  + 'sparrow spring spruce spur stone stream summit swan tarn tern thicket thistle tide timber tower trail tundra '
  + 'valley veldt violet walnut wave wharf willow wolf wren yarrow yew'
).split(' ')
