/* Runs witness() of the library it is linked with. */
void witness(void);

int main(void)
{
	witness();
}
