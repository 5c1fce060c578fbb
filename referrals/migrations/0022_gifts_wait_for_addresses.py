from django.db import migrations

# Gifts that are approved have no address yet: people are asked for it now.
WAIT = """
UPDATE referrals_reward AS reward
SET because = 'no_address'
FROM referrals_rewardrule AS rule
WHERE rule.id = reward.rule_id AND rule.delivery = 'gift'
    AND reward.state = 'approved' AND reward.because = ''
"""
GO_ON = """
UPDATE referrals_reward SET because = ''
WHERE state = 'approved' AND because = 'no_address'
"""


class Migration(migrations.Migration):
    dependencies = [("referrals", "0021_addresses_of_gifts")]

    operations = [migrations.RunSQL(WAIT, GO_ON)]
