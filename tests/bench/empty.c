// SPDX-License-Identifier: Apache-2.0
// What every process costs.
int main(void)
{
    return 0;
}
